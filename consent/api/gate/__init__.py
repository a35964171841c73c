"""The endpoint that a consent gate before a vendor on the site's own host asks for each event."""
