"""Queries for notifying other systems of choices: events, receivers, deliveries, acknowledgments."""
