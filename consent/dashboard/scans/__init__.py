"""Pages of scans, *Check my site* and review."""
