"""A Flask site whose pages contain only the tags that the visitor allows.

pip install flask
cp …/consent/csp/middleware.py consent_pages.py
CONSENT_SERVICE=https://consent.example.com CONSENT_TOKEN=cst_… flask --app flask_site run
"""

import os

from consent_pages import ConsentPages
from flask import Flask, render_template

pages = ConsentPages(
    os.environ["CONSENT_SERVICE"],
    "shop",
    os.environ["CONSENT_TOKEN"],
    ask_at=os.environ.get("CONSENT_INTERNAL_URL", ""),
)
app = Flask(__name__)
app.wsgi_app = pages.wsgi(app.wsgi_app)


@app.get("/")
def home():
    """Show the first page."""
    return render_template("index.html")


@app.get("/about")
def about():
    """Show the second page."""
    return render_template("about.html")
