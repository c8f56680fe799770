"""What psql does with a script: its cut, variables, commands and COPY, run over a connection, with its transcript."""
