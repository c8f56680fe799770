/* a; /* b; */ ' ; */ SELECT 1; -- x ; ' "
SELECT /* :x \echo */ 2 /**/ ;
/*/ ; */ SELECT 3;
/* /* /* deep */ */ */ SELECT 4 /* ** // *-/ */;
SELECT 5 --> no comment > 4
;
SELECT 1 /*
;
*/ + 1;
-- only comments
/* to the end */
