"""Servers of ours that behave like the platforms, for tests."""
