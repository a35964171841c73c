"""Overview, statistics and alarms."""
