"""Scans, reviews, screenshots, site checks."""
