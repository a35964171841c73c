"""Serves any WSGI factory just as `consent run` serves the service: `python -m bench.serve TARGET PORT`."""

import sys

from consent.config import load_settings
from consent.serve import serve

if __name__ == "__main__":
    serve(load_settings(), "127.0.0.1", int(sys.argv[2]), sys.argv[1])
