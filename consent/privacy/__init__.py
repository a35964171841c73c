"""Erasure, restriction, retention and data subject requests."""
