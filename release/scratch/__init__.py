"""A throwaway server, databases on it, and the state that they start in."""
