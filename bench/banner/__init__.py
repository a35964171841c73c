"""Browser benchmark of the banner against other consent banners: the cost for a visitor."""
