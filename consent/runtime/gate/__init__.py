"""What a consent gate on the site's own host does with an event: pass it, strip its ids, or stop it."""
