\set ON_ERROR_STOP on
\set AUTOCOMMIT on
\set ON_ERROR_ROLLBACK off
\if :{?direction}
\else
\set direction upgrade
\endif
SELECT format('%s %I', :'HOST', :'PORT') AS place, 'line' || chr(10) || '\echo no :direction' AS lines \gset
\echo :place
\echo :lines
\unset alive
SELECT TRUE AS alive \gset
\if :{?alive}
\else
\echo no
\endif
SELECT set_config('release.psql', :'VERSION_NUM', FALSE)::integer >= 130000 AS psql \gset
\if :psql
\echo release 1.0 verify, direction :direction
\else
\echo no
\endif
SELECT format('DO %L', 'BEGIN END') FROM generate_series(1, 2) \gexec
SET lock_timeout = :'place';
\echo no
