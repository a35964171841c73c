"""Commands that bring in what an operator keeps up to date: the geo database, the vendor list."""
