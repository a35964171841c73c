"""Which collector a request of a site's own host belongs to, by the shapes of data/own-host-signatures.json."""
