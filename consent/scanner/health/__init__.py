"""*Check my site*: read a page and report installation errors."""
