"""Pages that search, show, verify and export receipts."""
