"""Content-Security-Policy from the tags a visitor allows, and pages without the others, for the site's own server."""

from consent.csp.middleware import OWN_POLICY, ConsentPages, policy_with

__all__ = ["OWN_POLICY", "ConsentPages", "policy_with"]
