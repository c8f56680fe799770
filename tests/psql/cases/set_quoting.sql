\set a 'one two' three\\ 
\set b 'it''s'
\set c 'tab\there\nline\101\x42\q'
\set d "double 'quoted'"
\set e un'quo'ted
\set f '' 
\set g a'b'"c":b
\set h ';' x;
\set i :a :b
\set j :'a' :"a" :{?a} :{?zz} :zz :'zz'
\set k 'it'':a'
\set l a:b
\set m a::b : :
\echo [:a] [:b] [:c] [:d] [:e] [:f] [:g] [:h] [:i] [:j] [:k] [:l] [:m]
