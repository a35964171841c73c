"""Training of the cookie model, and of the confidences of all layers, on vendors and sites left out whole."""
