"""The transparency log: audit entries, sequencing, checkpoints, key rotation."""
