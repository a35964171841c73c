"""What of a choice made on one site counts on another one of the same controller."""
