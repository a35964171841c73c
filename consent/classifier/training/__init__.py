"""Training of the cookie model, and of all layers' confidences, with whole vendors and sites held out."""
