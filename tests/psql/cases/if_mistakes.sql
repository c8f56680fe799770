\else
\endif
\elif true
\if true
\else
\else
\elif true
\echo skipped
\endif
\endif extra
\if false
\endif extra
\if true
\else extra words
\endif
\echo still here
\if true
\if false
