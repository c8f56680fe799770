SELECT 1 AS a, 'x y' AS b, NULL AS c \gset
\echo :a :b :{?c}
\set c old
SELECT 2 AS a, NULL AS c
\gset p_
\echo :p_a :{?p_c} :c
SELECT NULL AS c \gset
\echo :{?c}
SELECT 1 AS z WHERE false \gset
\echo :{?z}
SELECT generate_series(1,2) AS z \gset
SELECT 1 AS "bad name" \gset
SELECT 5 AS "ON_ERROR_STOP", 6 AS ok \gset
\echo :ON_ERROR_STOP :ok
CREATE TABLE g (x int) \gset
INSERT INTO g VALUES (3) RETURNING x AS got \gset
\echo :got
SELECT 1/0 AS e \gset
\echo :{?e}
SELECT 9 AS nine
  , 10 AS ten \gset x_ extra
\echo :x_nine :x_ten
SELECT 7 AS again;
\gset
\echo :again
