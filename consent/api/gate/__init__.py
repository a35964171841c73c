"""The endpoint that a consent gate, on the site's own host in front of a vendor, calls for each event."""
