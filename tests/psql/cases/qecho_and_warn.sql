\qecho one 'two  three'
\warn to stderr -n
\warn -n here
\warn
\qecho -n x
\qecho
SELECT 1;
\warn between
SELECT 2;
