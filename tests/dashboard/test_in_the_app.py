"""The dashboard as part of the whole service."""

from pathlib import Path

from werkzeug.test import Client

from consent.app import create_service
from consent.config import Settings
from tests.dashboard.client import TOKEN
from tests.dashboard.sample_data import PASSWORD, copy_world, email_of


def test_the_whole_service_shows_the_dashboard_and_its_error_pages(world: Path, tmp_path: Path) -> None:
    folder = copy_world(world, tmp_path / "instance")
    service = create_service(Settings(instance=folder, demo=True))
    try:
        client = Client(service.wsgi_app)
        assert client.get("/").headers["Location"] == "/login?next=/"
        assert "Sign in" in client.get("/nowhere").text
        token = TOKEN.search(client.get("/login").text)
        assert token
        fields = {"email": email_of("compliance"), "password": PASSWORD, "csrf_token": token[1], "next": "/"}
        assert client.post("/login", data=fields).headers["Location"] == "/"
        page = client.get("/sites/demo/receipts")
        assert "60 receipts" in page.text
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "Not allowed" in client.get("/users").text
        assert "Page not found" in client.get("/sites/demo/nowhere").text
        assert "Not possible here" in client.delete("/login").text
        assert client.get("/static/dashboard/app.css", buffered=True).status_code == 200
        for path in ("/static/missing.js", "/static/dashboard/missing.css"):
            missing = client.get(path)
            assert (missing.status_code, missing.headers["Cache-Control"]) == (404, "no-store"), path
            assert "default-src 'none'" in missing.headers["Content-Security-Policy"]
        blocker = client.get("/static/blocker.js", buffered=True).headers
        assert (blocker["X-Content-Type-Options"], "Content-Security-Policy" in blocker) == ("nosniff", False)
        assert client.get("/api/openapi.json").headers.get("Content-Security-Policy") is None
        assert client.post("/sites/demo/tags/demo-ads/enabled").status_code == 400
    finally:
        service.close()
