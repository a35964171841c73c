"""Engines, connections, partitions, outages."""
