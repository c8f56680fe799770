COPY nowhere FROM stdin;
1
\.
SELECT 1;
COPY nowhere FROM stdin;
\N
2;
\.
SELECT 3;
