-- everything, ; ' " $$ at once
\set v 'it''s' \\ SELECT :'v' AS "a", E'\';\\', $q$;'$$"$q$, U&'\0061;' \gset p_
/* one /* two; ' */ \echo */ SELECT (1, ';)', "ab;" ) FROM (SELECT 2 AS "ab;") é; SELECT B'01', ';'\; SELECT 'x'
  'y;' AS z;
\if :{?v} \echo 'in ' :v -- ;
CREATE FUNCTION pg_temp.f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END; END;
\else \echo "no" \endif
SELECT pg_temp.f();
CREATE TEMP TABLE t (a text); COPY t FROM stdin; SELECT count(*) FROM t;
a;'$$"\N
\\.
\.
SET standard_conforming_strings = off;
SELECT 'a\'; b', 'žluť' :v
\r
SELECT a[1:2]::text, :"p_a", :'nope', 1e5, 1.5e'x', $1 FROM x -- end
