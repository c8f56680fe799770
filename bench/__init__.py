"""Measurements, never tests: ratios against a peer, both run side by side."""
