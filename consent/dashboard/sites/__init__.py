"""Pages of a site: create, install, settings and rules."""
