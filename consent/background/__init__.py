"""Threads that repeat the same work for as long as the service runs."""
