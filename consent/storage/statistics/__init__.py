"""Counters for statistics."""
