SELECT 1 +-- one
 2;
SELECT 2 */* two */ 3;
SELECT 4 - -1, 5 --;
;
SELECT 6 @-1, 7 <-- x
 8;
SELECT 1 OPERATOR(pg_catalog.+) 2;
SELECT '{1,2}'::int[] @> '{1}', 1 <> 2, 3 != 4;
CREATE OPERATOR ## (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int);
SELECT 1 ## 2;
SELECT 1 =-1;
