"""Migration from another consent tool: its setup as a draft, and its visitors' choices."""
