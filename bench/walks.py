"""Print which files of `consent/` the main requests enter, in order: `make walks`.

A whole service is created in a temporary folder, like that of `consent demo`. Each request is answered in this process
while a profile hook records the file of each Python call, in the request's thread and in the receipt writer's.
"""

import argparse
import json
import re
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NamedTuple

from werkzeug.test import Client, TestResponse

import consent
from consent.app import Service, create_service
from consent.config import Settings
from consent.demo.ports import Ports
from consent.demo.prepare import prepare_database
from consent.demo.seed import ADMIN
from consent.demo.site import KEY
from consent.storage.accounts import api_tokens

ROOT = f"{Path(consent.__file__).parent}/"
PAGE = "http://www.shop.localhost:8001"
LOCAL = {"REMOTE_ADDR": "127.0.0.1"}
BROWSER = {"Accept-Language": "de", "Accept-Encoding": "br", "User-Agent": "Mozilla/5.0 Chrome/140.0"}
NOW = 1_700_000_000
AIMS = {"script, warm": 9, "choice, warm": 20, "search by API": 12, "tag switched off": 30, "publish": 45}
"""Maximum number of files, for walks with a target."""
_CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class Walk(NamedTuple):
    """The files that a request entered, each once in order, and how often it moved from one to another."""

    name: str
    files: list[str]
    moves: int


class Recorder:
    """A profile hook that records the files of calls while a request is answered."""

    def __init__(self) -> None:
        self._files: list[str] | None = None
        self._moves, self._last = 0, ""
        self._lock = threading.Lock()
        self._threads = {threading.current_thread().name, "receipt-writer"}

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """Record the file of a Python call (`sys.setprofile`)."""
        if self._files is None or event != "call":
            return
        path = frame.f_code.co_filename
        if not path.startswith(ROOT) or frame.f_code.co_name == "<module>":
            return
        with self._lock:
            if self._files is not None and threading.current_thread().name in self._threads:
                self._note(path.removeprefix(ROOT))

    def _note(self, name: str) -> None:
        if self._files is not None and name not in self._files:
            self._files.append(name)
        self._moves += name != self._last
        self._last = name

    def walk(self, name: str, act: Callable[[], TestResponse], status: int) -> Walk:
        """Return the walk of `act`. Raises RuntimeError if it answers with another status."""
        files: list[str] = []
        self._moves, self._last, self._files = 0, "", files
        response = act()
        self._files = None
        if response.status_code != status:
            raise RuntimeError(f"{name}: {response.status_code} instead of {status}: {response.text[:300]}")
        return Walk(name, files, self._moves)


class Visitor:
    """A browser on a page of the demo shop."""

    def __init__(self, service: Service) -> None:
        self._client = Client(service.wsgi_app, TestResponse)
        self._count = 0

    def script(self) -> TestResponse:
        """Load the script."""
        return self._client.get(f"/b/{KEY}.js", headers=BROWSER, environ_base=LOCAL)

    def decision(self, encoding: str = "br") -> TestResponse:
        """Fetch the decision."""
        headers = BROWSER | {"Origin": PAGE, "Accept-Encoding": encoding}
        return self._client.get(f"/api/v1/sites/{KEY}/decision", headers=headers, environ_base=LOCAL)

    def choice(self) -> Callable[[], TestResponse]:
        """Return a function that posts a choice whose body is already built."""
        decision = self.decision("identity").get_json()
        self._count += 1
        body = {
            "key": f"{self._count:032x}",
            "config": decision["config"],
            "token": decision["token"],
            "action": "accept_all",
            "method": "click",
            "choices": dict.fromkeys(("functional", "analytics", "advertising"), True),
        }
        headers = BROWSER | {"Origin": PAGE, "Content-Type": "application/json"}
        path, data = f"/api/v1/sites/{KEY}/receipts", json.dumps(body)
        return lambda: self._client.post(path, data=data, headers=headers, environ_base=LOCAL)


class User:
    """A user of the dashboard."""

    def __init__(self, service: Service, password: str) -> None:
        self._client = Client(service.wsgi_app, TestResponse)
        self._token = ""
        self.get("/login")
        self.post("/login", {"email": ADMIN, "password": password})
        self.get("/")

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        response = self._client.get(path, headers=BROWSER | {"Accept-Encoding": "identity"}, environ_base=LOCAL)
        if found := _CSRF.search(response.text):
            self._token = found[1]
        return response

    def post(self, path: str, fields: dict[str, str]) -> TestResponse:
        """Submit a form."""
        data = fields | {"csrf_token": self._token}
        return self._client.post(path, data=data, headers={"Origin": "http://localhost"}, environ_base=LOCAL)


def walks(service: Service, recorder: Recorder, password: str) -> list[Walk]:
    """Walk each request, cold before warm."""
    visitor, found = Visitor(service), []

    def note(name: str, act: Callable[[], TestResponse], status: int = 200) -> TestResponse:
        answers: list[TestResponse] = []

        def once() -> TestResponse:
            answers.append(act())
            return answers[0]

        found.append(recorder.walk(name, once, status))
        return answers[0]

    note("script, cold", visitor.script)
    note("script, warm", visitor.script)
    note("decision, cold", visitor.decision)
    note("decision, warm", visitor.decision)
    receipt = note("choice, cold", visitor.choice(), 201).get_json()["id"]
    note("choice, warm", visitor.choice(), 201)
    with service.context.engine.begin() as connection:
        token = api_tokens.create(connection, "walks", ["receipts:read"], now=NOW)
    client, headers = Client(service.wsgi_app, TestResponse), {"Authorization": f"Bearer {token}"}
    search = f"/api/v1/sites/{KEY}/receipts"
    client.get(search, headers=headers, environ_base=LOCAL)
    note("search by API", lambda: client.get(search, headers=headers, environ_base=LOCAL))
    user = User(service, password)
    for name, path in (("search by page", "receipts"), ("page of a receipt", f"receipts/{receipt}")):
        user.get(f"/sites/{KEY}/{path}")
        note(name, lambda path=path: user.get(f"/sites/{KEY}/{path}"))  # type: ignore[misc]
    tags = user.get(f"/sites/{KEY}/tags").text
    switch = re.search(r'hx-post="([^"]+)" hx-vals=\'{"enabled":"0"}\'', tags)
    if switch is None:
        raise RuntimeError("The page of tags has no switch.")
    note("tag switched off", lambda: user.post(switch[1], {"enabled": "0"}), 302)
    user.get(f"/sites/{KEY}/publish")
    page = user.get(f"/sites/{KEY}/publish")
    revision = re.search(r'name="revision" value="([^"]*)"', page.text)
    fields = {"revision": revision[1] if revision else "", "note": "walks", "alone": "yes"}
    note("publish", lambda: user.post(f"/sites/{KEY}/publish", fields), 302)
    return found


def main() -> None:
    """Print the walks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", action="store_true", help="print each walk's files in order")
    options = parser.parse_args()
    recorder = Recorder()
    threading.setprofile(recorder)
    with TemporaryDirectory() as folder:
        settings = Settings(instance=Path(folder), secret_key="walks " * 6, demo=True)
        password = prepare_database(settings, Ports()).password or ""
        service = create_service(settings, (Path(ROOT) / "demo" / "vendors",))
        sys.setprofile(recorder)
        try:
            found = walks(service, recorder, password)
        finally:
            sys.setprofile(None)
            service.close()
    for walk in found:
        aim = f"   aim {AIMS[walk.name]}" if walk.name in AIMS else ""
        print(f"{walk.name:20} {len(walk.files):3} files {walk.moves:6} moves{aim}")
        if options.files:
            print("".join(f"    {name}\n" for name in walk.files), end="")


if __name__ == "__main__":
    main()
