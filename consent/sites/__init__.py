"""Drafts, custom tags and vendors, and findings about a site."""
