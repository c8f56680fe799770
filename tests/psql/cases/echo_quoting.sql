\echo
\echo one  two   three
\echo 'one  two' "three  four"
\echo -n no newline
\echo '-n' x
\echo -n -n y
\echo a -n
\echo 'it''s' 'tab\tx' 'nl\nx' 'a\'
\echo 'octal \101\7' 'hex \x41\x4' 'other \q\8'
\echo semi; colon: a;b ;;
\echo a'b'c"d"e
\echo ''
\echo '' ''
\echo ""
\echo a \\ SELECT 1;
\echo a\echo b
\echo {a} (b) [c] | d
\echo 'zero\0hidden' end
