"""systemd units for the service and its scanner."""
