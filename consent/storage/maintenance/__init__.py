"""Migrations, housekeeping, database copies."""
