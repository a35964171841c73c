"""Vendors that are proxied on the site's own host."""
