"""Static files and compression, for both Flask apps."""
