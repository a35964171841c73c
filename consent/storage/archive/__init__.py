"""Months that were moved out of the database."""
