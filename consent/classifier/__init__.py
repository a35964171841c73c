"""Classify tags, cookies and hosts with the vendor catalog and the trained model."""
