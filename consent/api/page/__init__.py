"""Endpoints called by the pages of a site: script, decision, choice, events."""
