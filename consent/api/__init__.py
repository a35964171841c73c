"""Public HTTP API: one endpoint per file, each a function from a request to a response.

`fast_path.WsgiApp` is a thin WSGI callable in front of Flask for requests from visitors' browsers; the Flask routes in
the `routes.py` files call the same functions and produce the OpenAPI document.
"""
