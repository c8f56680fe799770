"""One list of findings on scripts and migrations: PostgreSQL's parser, sqlfluff, squawk, and rules of our own.

The only room that imports sqlfluff, and the only one that runs squawk. Its workers load this: keep it empty.
"""
