"""Content-Security-Policy from the tags a visitor allows, for the site's own server; standard library only."""

from consent.csp.middleware import ConsentPolicy
from consent.csp.policy import OWN_POLICY, policy_with

__all__ = ["OWN_POLICY", "ConsentPolicy", "policy_with"]
