\set a x y z
\set b :a 'w w' :a
\set c 'O''Brien' ' & Co'
SELECT :'a', :'b', :'c';
\set a :a:a
\echo :a
