"""What PostgreSQL says about SQL text: psql's cut, the parser's statements, tags, objects, locks, PostGIS.

The only room that imports postgast (libpg_query). SQL is never understood with a regular expression.
"""
