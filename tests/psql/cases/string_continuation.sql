SELECT 'a'
  'b;' AS joined;
SELECT 'a' -- comment ; '
  'c' AS joined;
SELECT E'a\''
'b\n' AS joined;
SELECT 'a'
;
SELECT 'a' 'b';
