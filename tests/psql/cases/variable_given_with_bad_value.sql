-- options: -v ON_ERROR_STOP=perhaps
\echo not reached
