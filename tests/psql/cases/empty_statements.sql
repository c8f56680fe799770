;;
SELECT 1;;
 ; -- nothing
;
\echo :ERROR :ROW_COUNT
