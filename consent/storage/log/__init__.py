"""Log entries, the Merkle tree, and the audit trail."""
