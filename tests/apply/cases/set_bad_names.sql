\set a-b 1
\set 'a b' 2
\set é 3
\echo :é
\set 1 one
\echo :1
\set ON_ERROR_STOP maybe
\set ECHO loud
\set ON_ERROR_ROLLBACK sometimes
\set HISTSIZE many
\set IGNOREEOF 3
\set VERBOSITY default
\set COMP_KEYWORD_CASE up
\echo :ON_ERROR_STOP :ECHO :ON_ERROR_ROLLBACK :HISTSIZE :IGNOREEOF
\set ON_ERROR_ROLLBACK
\echo :ON_ERROR_ROLLBACK
\set QUIET TRUE
\echo :QUIET
SELECT 1;
CREATE TABLE q (a int);
