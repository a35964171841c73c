"""Website scanner: visit a site in a real browser, record its storage and requests, compare with its config."""
