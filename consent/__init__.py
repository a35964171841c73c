"""Consent and tag server: decides which tags may run for a visitor, and proves each choice."""

__version__ = "0.1.0"
