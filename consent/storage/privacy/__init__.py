"""Erasures, privacy marks, retention and requests."""
