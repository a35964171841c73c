"""Endpoints of the public log: tiles, checkpoints, proofs."""
