\set text 9
\set b 2
\set 2 7
SELECT '1'::text, '2'::text, (ARRAY[1,2,3])[1:b] FROM (SELECT 2 AS b) t;
SELECT (ARRAY[1,2,3])[1:2];
SELECT (ARRAY[1,2,3,4])[1::b];
DO $$ DECLARE a int := 1; BEGIN a := 2; RAISE NOTICE '%', a; END $$;
SELECT 1 ::: text;
CREATE FUNCTION nf(a int) RETURNS int LANGUAGE sql RETURN a;
SELECT nf(a := 3);
SELECT nf(a :=:b);
