\if true
\q extra
\endif
