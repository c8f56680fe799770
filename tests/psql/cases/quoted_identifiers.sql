SELECT 1 AS "a;b", 2 AS "say ""hi"";", 3 AS "it's", 4 AS "two
lines;";
CREATE TABLE "T;" ("c""d" int);
INSERT INTO "T;" VALUES (1);
