"""What statements mean: what they make, change and promise, and what they need of a server."""
