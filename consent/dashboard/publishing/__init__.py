"""Pages for publishing, approval and versions."""
