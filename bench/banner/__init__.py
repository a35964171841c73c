"""The banner beside its peers: what each costs a visitor."""
