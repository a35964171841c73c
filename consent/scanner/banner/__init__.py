"""Find and measure the consent banner of a page."""
