"""What statements lock, and the work that they do, from a table of forms."""
