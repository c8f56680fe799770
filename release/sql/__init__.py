"""What PostgreSQL's own parser says about SQL text: statements, tags, objects, locks, PostGIS.

The only room that imports postgast (libpg_query). SQL is never understood with a regular expression.
"""
