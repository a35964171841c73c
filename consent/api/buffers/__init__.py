"""Rate limits and counters in memory, flushed to the database in the background."""
