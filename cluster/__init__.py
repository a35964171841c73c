"""A whole cluster on one machine, from the files of deploy/: `make cluster`, `make cluster-test`, `make bench-cluster`."""
