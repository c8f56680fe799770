SELECT 1,
\echo middle
2;
SELECT 1, \echo same line
3;

\echo alone
SELECT
   \echo indented
4;
