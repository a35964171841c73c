"""Compliance checks on recorded visits: leaks, banner, notice."""
