"""Hostile replies by the million: `python -m tests.fuzz`."""
