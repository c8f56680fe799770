CREATE TABLE t (a int);
\restrict
\restrict ''
\unrestrict
\unrestrict k
\echo free
\restrict "a b" extra
\echo :x
\if false
SELECT 1 \; SELECT 2 \g
SELECT 3;
COPY t FROM stdin;
1
\.
COPY nowhere FROM stdin;
2
\.
\Unknown
\unrestrict
\unrestrict ''
\unrestrict k \echo no
\unrestrict "a b" \echo no
\unrestrict "a b";
\unrestrict :x
\unrestrict 'a b'
\unrestrict "a b"
\echo free again
\restrict k
\unrestrict   k  
\echo free?
\unrestrict k
\restrict 'it''s'
\unrestrict it's
\if true
\if false
\unrestrict k \endif \echo :x
\endif
\echo free
\endif
\unrestrict k
\if false
\restrict never
\else
\restrict k
\endif
SELECT 4;
\unrestrict k
\endif
\restrict k
\i included/first.sql
\q
SELECT 5;
\unrestrict k
\restrict k
