"""`consent config`: on this machine's database, or through the API of a service elsewhere."""
