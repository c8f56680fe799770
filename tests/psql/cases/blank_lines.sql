SELECT 'a


b' AS kept,


  1/0;


SELECT length($$

$$);

SELECT

1;
