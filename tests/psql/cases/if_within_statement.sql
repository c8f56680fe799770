SELECT
\if true
 1
\else
 2
\endif
 AS one;
SELECT (
\if false
 (1
\else
 2
\endif
) AS two;
SELECT 3 \if false , 4 \endif ;
\if true
SELECT 5
\endif
+ 1;
\if false
SELECT 6;
SELECT 7
\endif
SELECT 8;
