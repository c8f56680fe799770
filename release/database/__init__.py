"""What talks to PostgreSQL: the scratch server, running scripts, catalogs. The one room that knows psycopg."""
