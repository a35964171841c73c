"""Select receipts: filters, subjects, months, cursors."""
