\conninfo
\conninfo extra
