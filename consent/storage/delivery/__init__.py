"""Queries of what other systems are told of choices: events, receivers, deliveries, acknowledgments."""
