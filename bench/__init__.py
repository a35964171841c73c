"""Measures speed and memory, side by side with the plain ways of doing the same: `make bench`."""
