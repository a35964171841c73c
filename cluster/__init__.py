"""A whole cluster on one machine, from the files in deploy/: `make cluster`, `cluster-test`, `bench-cluster`."""
