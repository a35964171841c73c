"""Alarms, nodes, shared rate limits."""
