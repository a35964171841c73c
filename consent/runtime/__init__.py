"""Published configs at runtime: the script, decisions, blocking, the preview frame."""
