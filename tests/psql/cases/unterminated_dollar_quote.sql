SELECT 1;
DO $$ BEGIN NULL; END $;
\echo no
