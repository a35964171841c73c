"""Experiments: variants of the first layer that pages draw from, and what may be concluded from their counts."""
