\set ON_ERROR_STOP 1
\echo one
\set ON_ERROR_STOP what
\echo two
