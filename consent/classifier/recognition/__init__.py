"""Recognition of vendors' tags: who owns a URL or a piece of code, and which ids it contains."""
