"""What a statement was seen to do: locks, and work."""
