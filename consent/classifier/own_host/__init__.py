"""Match requests to a site's own host to collectors, using data/own-host-signatures.json."""
