"""The WSGI callable for any server: `granian --interface wsgi wsgi:application`, `gunicorn wsgi:application`."""

from consent.app import create_wsgi

application = create_wsgi()
