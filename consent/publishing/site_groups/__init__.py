"""Settings that a group of sites holds, and how its sites inherit them."""
