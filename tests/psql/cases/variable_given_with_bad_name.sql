-- options: -v a-b=1
\echo not reached
