"""`consent config`: on the database of this machine, or by the API of a service elsewhere."""
