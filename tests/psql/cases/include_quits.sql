\i included/quits.sql
\echo goes on
\i included/unbalanced.sql
\echo goes on still
