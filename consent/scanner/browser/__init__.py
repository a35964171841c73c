"""Chromium behind an egress proxy, and a recorder for its pages."""
