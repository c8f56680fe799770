-- nothing

/* here
*/
