\set ECHO errors
COPY nowhere FROM x FROM stdin;
1;
COPY nowhere FROM program 'x' FROM stdin;
2;
COPY nowhere FROM (a) FROM stdin;
3;
COPY nowhere FROM $1 FROM stdin;
4;
COPY a.from FROM stdin;
5;
COPY nowhere FROM stdicopy nowhere FROM stdin;
6;
SELECT 'the end';
