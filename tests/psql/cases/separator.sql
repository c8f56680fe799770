\echo a \\ SELECT 1; \\ SELECT 2;
\set x 1 \\SELECT :x;\echo b\\
SELECT 3 \echo c \\ + 4;
\echo d \\\echo e
