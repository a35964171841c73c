"""Chromium behind an egress proxy, and a recorder of its pages."""
