"""`consent import`: move in from another consent tool: its set-up, its visitors' choices, its log."""
