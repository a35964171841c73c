"""A consent gate for the site's own host, in one standard-library file that also runs alone."""
