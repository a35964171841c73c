"""Templates in Flask with Jinja, and in Django."""

from pathlib import Path

from flask import Flask, render_template
from playwright.sync_api import Browser

from tests.guides import snippets, walk
from tests.guides.python_packages import DJANGO_PACKAGE, installed
from tests.guides.site import Site
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.web_server import served
from tests.wsgi_server import serving_at

EACH = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR, walk.OWN})
TAGS = "\n".join((snippets.LIBRARY, snippets.GOOGLE, snippets.META, snippets.HOTJAR))
BASE = f"""<!doctype html>
<html lang="en">
<head>
%(head)s
<meta charset="utf-8"><title>Site</title><link rel="icon" href="data:,">
{TAGS}
<script>{snippets.START}
%(when)s</script>
</head>
<body><nav><a href="/">Home</a> <a href="/about">About</a></nav>
<main>{{%% block main %%}}{{%% endblock %%}}</main><footer>%(footer)s</footer></body>
</html>
"""
PAGE = '{%% extends "base.html" %%}{%% block main %%}%s{%% endblock %%}'
FILES = {"index.html": PAGE % "Welcome", "about.html": PAGE % f"<p>All about us</p>{snippets.FILM}"}
DJANGO = """
import sys
from wsgiref.simple_server import make_server
from django.conf import settings
settings.configure(SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["localhost"], TEMPLATES=[
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [sys.argv[2]]}])
import django
django.setup()
from django.core.wsgi import get_wsgi_application
from django.urls import path
from django.views.generic import TemplateView
urlpatterns = [path("", TemplateView.as_view(template_name="index.html")),
               path("about", TemplateView.as_view(template_name="about.html"))]
make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application()).serve_forever()
"""


def _written(site: Site, folder: Path, head: str) -> Pages:
    words = site.words("templates", head=head, footer="In the footer", when="wait for its group")
    for name, text in ({"base.html": BASE % words} | FILES).items():
        (folder / name).write_text(text, "utf-8")
    return Pages(site.origin, EACH, EACH | {walk.FILM}, frozenset({walk.LIBRARY}))


def test_flask(browser: Browser, site: Site, tmp_path: Path) -> None:
    pages = _written(site, tmp_path, "In Flask and Jinja")
    app = Flask(__name__, template_folder=str(tmp_path))
    app.add_url_rule("/", "index", lambda: render_template("index.html"))
    app.add_url_rule("/about", "about", lambda: render_template("about.html"))
    with serving_at(app, site.port):
        follows_its_guide(browser, pages)


def test_django(browser: Browser, site: Site, tmp_path: Path) -> None:
    pages = _written(site, tmp_path, "First in the head")
    (tmp_path / "site.py").write_text(DJANGO)
    python, environ = installed(DJANGO_PACKAGE)
    with served(f"{python} {tmp_path / 'site.py'} {site.port} {tmp_path}", tmp_path, site.port, environ):
        follows_its_guide(browser, pages)
