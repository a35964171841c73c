"""Deliver choices to other systems: events in an outbox, signed posts in order for each subject, and what comes back."""
