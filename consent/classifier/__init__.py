"""Classify tags, cookies and hosts by the vendor catalogue and the trained model."""
