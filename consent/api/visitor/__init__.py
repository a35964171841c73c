"""Pages and endpoints for a visitor: own receipts, proofs, cookie declaration."""
