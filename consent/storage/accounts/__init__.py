"""Users, roles, groups of sites, sessions, API tokens."""
