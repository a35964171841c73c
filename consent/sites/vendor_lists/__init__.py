"""Vendor lists of the Transparency and Consent Framework: provided by the operator, stored by hash, cut for sites."""
