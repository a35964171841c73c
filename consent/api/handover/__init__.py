"""Hand-over endpoints: a choice carried in a link from one domain of a controller to another."""
