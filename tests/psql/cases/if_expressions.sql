\set t true
\if :t
\echo 1
\endif
\if :undefined
\echo 2
\endif
\if
\echo 3
\endif
\if tru e
\echo 4
\endif
\if 'on'
\echo 5
\endif
\if of
\echo 6
\else
\echo 7
\endif
\if o
\echo 8
\endif
\if 2
\elif maybe
\echo 9
\elif t
\echo 10
\endif
\if "true"
\echo 11
\endif
SELECT 1 < 2 AS yes, 1 > 2 AS no \gset
\if :yes
\echo 12
\endif
\if :no
\echo 13
\endif
