"""Endpoints that the pages of a site call: script, decision, choice, events."""
