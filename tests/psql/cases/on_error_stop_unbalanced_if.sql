\set ON_ERROR_STOP on
\if true
SELECT 1;
