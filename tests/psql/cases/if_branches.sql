\if true
\echo 1
\elif true
\echo 2
\else
\echo 3
\endif
\if false
\echo 4
\elif yes
\echo 5
\elif on
\echo 6
\endif
\if 0 \\ \echo 7 \else \echo 8 \endif \echo 9
\if off
\elif no
\else
\echo 10
\endif
\if TRUE
\if f
\echo 11
\else
\if 1
\echo 12
\endif
\endif
\endif
\if false
\if true
\echo 13
\else
\echo 14
\endif
\else
\echo 15
\endif
