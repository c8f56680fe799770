-- options: -v AUTOCOMMIT=off -v QUIET=1 -v ECHO=all
CREATE TABLE gone (x int);
SELECT 1;
