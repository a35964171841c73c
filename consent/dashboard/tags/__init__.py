"""Pages of tags and vendors."""
