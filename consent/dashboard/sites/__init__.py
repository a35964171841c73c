"""Pages of a site: create, install, settings, rules."""
