-- functions of the routing team
CREATE FUNCTION hops(a integer, b integer) RETURNS integer LANGUAGE plpgsql AS $body$
DECLARE
	n integer := 0; -- a tab, a colon:and;a semicolon
BEGIN
	RETURN n + b::integer - a;
END;
$body$;
COMMENT ON FUNCTION hops(integer, integer) IS 'it''s 100%';

/* the end */
