\set a 1
\unset a
\echo :a :{?a}
\unset never
\unset
\unset ON_ERROR_STOP
\unset AUTOCOMMIT
\echo :ON_ERROR_STOP :AUTOCOMMIT
\unset ECHO
\unset QUIET extra
\unset 'bad name'
\echo done
