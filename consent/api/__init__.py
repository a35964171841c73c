"""What the public calls: one endpoint a file, each a function from a request to an answer, behind two doors.

`door.Door` is a thin WSGI callable that stands before Flask for what visitors' browsers call; the Flask routes in
`routes.py` reach the very same functions and carry the OpenAPI document.
"""
