"""Which parts of a choice made on one site count on another site of the same controller."""
