"""Accounts of signed-in visitors: their documents, the names that lead to them, and the sites' keys."""
