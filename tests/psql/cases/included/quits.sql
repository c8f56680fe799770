\echo in
\q
\echo never
