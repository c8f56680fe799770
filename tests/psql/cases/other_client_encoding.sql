SET client_encoding = 'LATIN1';
SELECT 'café' AS "été", length('é');
\set v 'é;'
SELECT :'v';
\echo :ENCODING
SET client_encoding = 'UTF8';
SELECT 'cafÃ©';
SELECT nopeÃ©;
