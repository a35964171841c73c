"""A website of a few pages and the real service, on one port."""

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from werkzeug.test import Client

from consent.app import Service, create_service
from consent.config import Settings
from consent.storage.accounts import roles
from consent.storage.database.engine import make_engine
from consent.storage.maintenance.migrate import upgrade
from consent.storage.sites import sites
from consent.storage.tables.accounts import User
from tests.api.shop import Shop, site_draft
from tests.dashboard.sample_data import CHEAP, email_of
from tests.wsgi_server import serving

PAGE = (
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Shop</title>{head}</head>'
    "<body>{body}</body></html>"
)


@dataclass
class Website:
    """The website at `origin` and the service at `service_url`; `asked` are the paths requested from the website."""

    port: int
    service: Service
    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://www.shop.localhost:{self.port}"

    @property
    def service_url(self) -> str:
        return f"http://consent.localhost:{self.port}"

    def page(self, body: str = "", head: str = "", path: str = "/", language: str = "en", **headers: str) -> str:
        """Serve a page, with headers such as `Content_Security_Policy`, and return its address."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (PAGE.format(head=head, body=body, language=language), named)
        return self.origin + path

    @property
    def shop(self) -> Shop:
        """Return the site `shop` in the form that API tests use."""
        with self.service.context.engine.connect() as connection:
            site = sites.by_key(connection, "shop")
        assert site
        return Shop(self.service, Client(self.service.wsgi_app, use_cookies=False), site.id)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer as the service or as the website, depending on the Host header."""
        path = environ["PATH_INFO"]
        if environ["HTTP_HOST"].startswith("consent."):
            return self.service.wsgi_app(environ, start_response)
        if path.startswith("/consent/"):
            return self.service.wsgi_app({**environ, "PATH_INFO": path.removeprefix("/consent")}, start_response)
        self.asked.append(path)
        text, headers = self.pages.get(path, ("", {}))
        if path == "/favicon.ico":
            text = " "
        kind = {"Content-Type": "text/html; charset=utf-8"}
        start_response("200 OK" if text else "404 Not Found", list((kind | headers).items()))
        return [text.encode()]


@contextlib.contextmanager
def running_website(folder: Path, **options: Any) -> Iterator[Website]:
    """Run both on a local port; the service has no site yet, and the user `chief` may do everything.

    `options` are further settings.
    """
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(serving(lambda environ, start_response: site(environ, start_response)))
        settings = Settings(
            instance=folder,
            base_url=f"http://consent.localhost:{port}",
            demo=True,
            write_limit=None,
            scan_hosts=(f"www.shop.localhost:{port}",),
            **options,
        )
        _fill(settings)
        service = create_service(settings)
        site = Website(port, service)
        try:
            yield site
        finally:
            stack.close()
            service.close()


def publish_shop(website: Website) -> None:
    """Create the site `shop` with its tags, and publish it."""
    with website.service.context.engine.begin() as connection:
        draft = json.dumps(site_draft() | {"hosts": [website.origin]})
        sites.create(connection, "shop", "Shop", draft, int(time.time()))
    website.shop.publish()


def _fill(settings: Settings) -> None:
    engine = make_engine(settings.database)
    upgrade(engine)
    now = int(time.time())
    with engine.begin() as connection:
        account = {"email": email_of("chief"), "name": "Chief", "password": CHEAP, "active": True, "created_at": now}
        connection.execute(insert(User).values(**account, audit_id="c" * 32, fs_uniquifier="f" * 64))
        roles.grant(connection, connection.execute(select(User.id)).scalar_one(), "admin", None)
    engine.dispose()
