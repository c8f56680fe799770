SELECT B'01;', X'1F';
SELECT B'01', x'1F';
SELECT B'0''1';
SELECT n'na;', N'x';
SELECT b'1'
'0';
