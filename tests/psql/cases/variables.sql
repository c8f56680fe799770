\set n 5
\set t 'some text'
\set col "My Col"
\set q 'it''s "x" \\ back'
SELECT :n + 1, :'t', :'q';
SELECT 1 AS :col, 2 AS :"t", 3 AS :"q";
SELECT :undefined;
SELECT :'undefined';
SELECT :"undefined";
SELECT :n:n;
SELECT :n::text, (:n);
\set empty
SELECT 'x' :empty;
SELECT :'empty';
