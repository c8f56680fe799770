\set ON_ERROR_STOP on
\i included/missing.sql
\echo after
