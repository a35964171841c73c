"""What a consent gate on the site's own host does with one event: pass it, take the ids out, or stop it."""
