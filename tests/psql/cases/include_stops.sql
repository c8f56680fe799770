\set ON_ERROR_STOP on
\echo before
\i included/fails.sql
\echo after
