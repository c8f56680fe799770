\set v outer
\i included/first.sql
\echo :v
SELECT 1/0;
\i 'included/first.sql';
\include included/relative.sql
\ir included/relative.sql
\i ./included//../included/first.sql
\i included/missing.sql
\i included/missing.sql \echo not reached
\i
\ir
\i included
\i included/first.sql \echo same line
SELECT
\i included/fragment.sql
+ 1;
