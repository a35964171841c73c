"""Archive of old months: export a month from the database to a verifiable file, and restore it."""
