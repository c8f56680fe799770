SELECT 1 -- a, 2;
SELECT 'a''b' AS joined;
SELECT E'a\'' -- c'\'b;' AS joined; SELECT 3;
\echo ab
