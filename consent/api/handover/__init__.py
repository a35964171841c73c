"""The endpoints of hand-overs: a choice that goes along in a link from one domain of a controller to another."""
