"""Migrations, housekeeping, copies of a database."""
