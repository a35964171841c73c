"""Pages for users, roles, site groups and API tokens."""
