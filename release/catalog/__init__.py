"""What a database holds: a snapshot of its catalog as lines, and its rows."""
