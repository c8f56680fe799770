-- options: -v a=1 -v b='x y' -v c= -v d=e=f -v ON_ERROR_STOP=1
\echo :a :b [:c] :d :ON_ERROR_STOP
SELECT :'b';
SELECT 1/0;
\echo not reached
