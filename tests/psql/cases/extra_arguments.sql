\unset a b c
\r x 'y z'
\timing on off
\timing off
\if false extra
\else
\endif :undefined
\set a 1
\conninfo :a :'a'
SELECT 1 \gset p :a
