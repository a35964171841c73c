"""Deliver choices to other systems: an outbox of events, signed posts in order per subject, and the acknowledgments."""
