"""`consent import`: migrate from another consent tool: its setup, its visitors' choices, its log."""
