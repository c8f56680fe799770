-- first

SELECT 1,

  -- inner ; '
  nope,
  2;
   SELECT  /* x */ bad; SELECT 1 FROM nowhere;
SELECT 'é', wrong;
SELECT		tabbed;
