"""Commands that update external data: the geo database, the vendor list."""
