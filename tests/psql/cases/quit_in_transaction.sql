BEGIN;
CREATE TABLE gone (x int);
\q
