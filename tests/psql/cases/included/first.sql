\echo first :v
\set v inner
SELECT 'in first';
SELECT 1/0;
