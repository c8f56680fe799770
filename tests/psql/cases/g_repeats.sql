\g
SELECT 1 AS a
\g
\g
SELECT 2 \g \\ SELECT 3;
\g
SELECT (4 \g
SELECT 5;
INSERT INTO nowhere VALUES (1) \g
\g
