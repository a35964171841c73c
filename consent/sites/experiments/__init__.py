"""Experiments: variants of the first layer that pages draw from, and what can be concluded from their counts."""
