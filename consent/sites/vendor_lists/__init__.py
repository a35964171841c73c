"""The vendor lists of the Transparency and Consent Framework: brought in by the operator, kept by hash, cut for sites."""
