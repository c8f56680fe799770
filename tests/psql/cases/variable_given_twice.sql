-- options: -v a=1 -v a=2
\echo :a
