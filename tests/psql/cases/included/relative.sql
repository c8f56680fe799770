\echo relative
\ir first.sql
\i first.sql
\ir ../included/first.sql
