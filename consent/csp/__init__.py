"""Middleware for a site's own server that removes the tags a visitor doesn't allow and sends a matching CSP."""

from consent.csp.middleware import OWN_POLICY, ConsentPages, policy_with

__all__ = ["OWN_POLICY", "ConsentPages", "policy_with"]
