\set ON_ERROR_STOP on
CREATE TABLE a (x int);
SELECT 1/0; CREATE TABLE not_made (x int);
CREATE TABLE not_made_either (x int);
