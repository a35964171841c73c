"""The endpoint that a consent gate calls for each event; the gate runs on the site's own host in front of a vendor."""
