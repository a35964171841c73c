"""Keys, signatures, canonical JSON and the MACs that tie a receipt to what it says."""
