\set x 1
SELECT ':x', ":x", $$:x$$, E':x\':x' FROM (SELECT 2 AS ":x") t; -- :x
SELECT /* :x */ :x;
SELECT ':''x';
