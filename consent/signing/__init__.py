"""Keys and signed formats: receipts, write tokens, preview tokens."""
