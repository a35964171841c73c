"""Serve any factory with the settings of `consent run`: `python -m bench.serve TARGET PORT [wsgi|asginl]`."""

import sys

from granian.constants import Interfaces

from consent.config import load_settings
from consent.process.granian_server import serve

if __name__ == "__main__":
    serve(load_settings(), "127.0.0.1", int(sys.argv[2]), sys.argv[1], Interfaces((*sys.argv, "wsgi")[3]))
