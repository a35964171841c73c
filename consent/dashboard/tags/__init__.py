"""Pages for tags and vendors."""
