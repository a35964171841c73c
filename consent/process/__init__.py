"""Operating system: processes, signals and logs."""
