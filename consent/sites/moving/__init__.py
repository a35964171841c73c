"""Moving in from another consent tool: its set-up as a draft, and its visitors' choices."""
