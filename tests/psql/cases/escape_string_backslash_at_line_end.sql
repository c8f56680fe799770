SELECT E'a\
'; SELECT 'after;';
'
;
