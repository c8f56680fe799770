\timing
SELECT 1;
SELECT 1/0;
\timing
SELECT 2;
\timing on
\timing on
CREATE TABLE a (x int);
\timing off
\timing perhaps
\timing 1
SELECT 3 AS c \gset
