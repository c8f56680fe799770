SELECT 1;
BEGIN;
CREATE TABLE gone (x int);
SELECT pg_terminate_backend(pg_backend_pid());
SELECT 2;
