"""What a tag, a cookie or a host is: the vendor catalogue and the trained model."""
