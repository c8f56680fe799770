SELECT U&'d\0061t\+000061;', U&"d\0061;" FROM (SELECT 1 AS "da;") t;
SELECT u&'x;''' || 'y';
SELECT U&'!0061;' UESCAPE '!';
SELECT 1 AS u, 2 & 3;
SELECT u&1 FROM (SELECT 3 AS u) t;
