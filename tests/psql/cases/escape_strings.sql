SELECT E'a\';b', e'\\', E'\u0041\x42\103';
SELECT E'it''s\n;', 'plain\', ';';
SELECT E'line\
continues\';';
