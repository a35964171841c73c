"""Units of systemd for the service and its scanner."""
