"""Users, roles, site groups, sessions, API tokens."""
