"""Pages for scans, *Check my site* and review."""
