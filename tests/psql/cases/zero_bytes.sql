SELECT 1 dropped
, 2;
SELECT 'ab';
'
;
SELECT 3;
