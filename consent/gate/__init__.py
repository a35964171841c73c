"""A consent gate for the site's own host, in one file of the standard library that runs alone."""
