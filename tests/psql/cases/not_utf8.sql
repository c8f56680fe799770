SELECT 1;
SELECT 'éÿ';
SELECT 2 AS "Ã";
\echo ÿþ
\set v 'é'
SELECT :v;
SELECT :'v';
SELECT :"v";
SELECT 3;
