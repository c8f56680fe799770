SELECT $$a;b$$, $x$ $$ ; $y$ $x$, $_1é$;$_1é$;
SELECT $$first

  third; :name
$$ AS lines; SELECT a$b$ FROM (SELECT 1 AS a$b$) t;
SELECT $a$ $b$a$ $a$, $$$a$ $$;
DO $body$
BEGIN
  RAISE NOTICE 'in %', $q$ a;b $q$;
END
$body$;
SELECT 1$$a$$;
