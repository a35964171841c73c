"""Pages that edit and preview the banner."""
