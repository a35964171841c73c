"""What caches and workers in front of the service get: purges and compiled configs."""
