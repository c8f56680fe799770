\set a 1
SELECT :{?a} AS a, :{?b} AS b, ':{?a}';
\if :{?a}
\echo a
\endif
\if :{?b}
\echo b
\else
\echo no b
\endif
SELECT :{? a};
SELECT :{?};
SELECT :{?a;
\echo :{?a :{a} :{?a}x
