"""Benchmarks of speed and memory, side by side with minimal implementations: `make bench`."""
