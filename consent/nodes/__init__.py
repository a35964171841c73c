"""Several nodes on one database: heartbeats and checks between them."""
