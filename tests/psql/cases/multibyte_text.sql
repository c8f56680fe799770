SELECT 'žluťoučký kůň' AS "日本語", '😀' AS emoji;
CREATE TABLE tablé (naïve text);
INSERT INTO tablé VALUES ('ß;');
SELECT naïve FROM tablé;
\set ž 'hodnota'
SELECT :'ž', :ž;
\echo :ž 日本
