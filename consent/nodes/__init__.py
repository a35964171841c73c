"""Run several nodes on one database: heartbeats, and checks between the nodes."""
