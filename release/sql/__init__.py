"""What PostgreSQL says a statement is."""
