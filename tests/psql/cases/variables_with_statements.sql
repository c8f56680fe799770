\set two 'SELECT 1; SELECT 2;'
:two
\set half 'SELECT '
:half 3;
\set quote 'SELECT ''open;'
:quote closed';
\set command '\\echo from a variable'
:command
\set nested 'SELECT :n;'
\set n 8
:nested
\set self 'SELECT :self'
:self;
\set a 'x:b'
\set b 'y:a'
SELECT ':a', :a;
\set comment '-- gone'
SELECT 4 :comment
;
\set paren '(1;'
SELECT :paren SELECT 2);
\set dash '-'
SELECT 1 :dash:dash 1;
:two :two
