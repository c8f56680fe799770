\i included/bom.sql
﻿SELECT 2;
