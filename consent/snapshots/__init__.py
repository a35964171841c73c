"""A draft frozen into a config, and a config compiled into ready answers."""
