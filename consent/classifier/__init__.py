"""Classify tags, cookies and hosts with the vendor catalogue and the trained model."""
