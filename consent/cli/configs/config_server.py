"""`consent config … --server URL`: the same by the configuration API, where the database is elsewhere."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from consent.config.env_readers import is_loopback

SECONDS = 120
"""A publish waits for the check of the draft in Chromium."""


class ConfigServer(NamedTuple):
    """A site on the service at `url`, reached by `token`."""

    url: str
    token: str
    key: str

    def read(self) -> tuple[str, str]:
        """Return the draft as a config file in JSON, and its ETag."""
        answer = self._ask("GET", "draft")
        return answer.text, answer.headers["ETag"]

    def changes(self) -> list[dict[str, Any]]:
        """Return what a publish of the draft would change."""
        return self.pending()[1]

    def pending(self) -> tuple[str, list[dict[str, Any]]]:
        """Return the ETag of the draft, and what a publish of it would change."""
        draft = self._ask("GET", "draft/changes").json()
        return draft["etag"], draft["changes"]

    def check(self, text: str, *, unfinished: bool) -> Mapping[str, Any]:
        """Return what is wrong with a config file, and what it would change."""
        checked: Mapping[str, Any] = self._ask("POST", "draft/check", text, unfinished=unfinished).json()
        return checked

    def save(self, text: str, *, unfinished: bool, overwrite: bool) -> tuple[str, list[str]]:
        """Save a config file as the draft, and return the ETag of the draft and what waits for an admin."""
        etag = self.read()[1]
        answer = self._ask("PUT", "draft", text, etag, unfinished=unfinished, overwrite=overwrite).json()
        return answer["etag"], answer["waits"]

    def publish(self, note: str, etag: str) -> Mapping[str, Any]:
        """Publish the draft that `etag` names, and return config, version and whether it is new."""
        published: Mapping[str, Any] = self._ask("POST", "versions", json.dumps({"note": note}), etag).json()
        return published

    def restore(self, number: int, note: str, etag: str) -> Mapping[str, Any]:
        """Publish the content of version `number` in place of the draft that `etag` names; return the same."""
        restored: Mapping[str, Any] = self._ask(
            "POST", f"versions/{number}/restore", json.dumps({"note": note}), etag
        ).json()
        return restored

    def _ask(self, method: str, path: str, text: str | None = None, etag: str = "", **switches: bool) -> Any:
        """Return the answer; end the process with the sentences of an error."""
        import requests

        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        headers |= {"If-Match": etag} if etag else {}
        query = {name: "true" for name, is_on in switches.items() if is_on}
        address = f"{self.url}/api/v1/sites/{self.key}/{path}"
        body = text.encode() if text is not None else None
        try:
            answer = requests.request(
                method, address, params=query, data=body, headers=headers, timeout=SECONDS, allow_redirects=False
            )
        except requests.RequestException as error:
            raise click.ClickException(f"{self.url} does not answer: {error}") from None
        if answer.status_code not in (200, 201):
            raise click.ClickException(_sentences(answer))
        return answer


def server_of(server: str | None, key: str) -> ConfigServer | None:
    """Return the site on `server`, with the token of CONFIG_TOKEN; None where no server is named."""
    if server is None:
        return None
    if not (server.startswith("https://") or (server.startswith("http://") and is_loopback(server))):
        raise click.ClickException("The address of the service begins with https://, since a token is sent there.")
    token = os.environ.get("CONFIG_TOKEN", "").strip()
    if not token:
        raise click.ClickException("Set CONFIG_TOKEN to a token of scope config:read, and config:write for changes.")
    return ConfigServer(server.rstrip("/"), token, key)


def export_from(server: ConfigServer, *, is_yaml: bool) -> str:
    """Return the draft on `server` as a file."""
    from consent.sites.config_file import write_yaml

    text = server.read()[0]
    return write_yaml(json.loads(text)) if is_yaml else text


def import_to(server: ConfigServer, file: Any, *, overwrite: bool, unfinished: bool) -> str:
    """Save `file` as the draft on `server`, say what waits for an admin, and return the ETag of the draft."""
    text = read_text(file)
    _stop_at_problems(server.check(text, unfinished=unfinished), file)
    etag, waits = server.save(text, unfinished=unfinished, overwrite=overwrite)
    for sentence in waits:
        click.echo(f"Before it is published: {sentence}", err=True)
    return etag


def changes_on(server: ConfigServer, file: Any) -> list[Any]:
    """Return what a publish of the draft on `server`, or of `file`, would change."""
    from consent.publishing.publish import Change

    if file is None:
        changes = server.changes()
    else:
        checked = server.check(read_text(file), unfinished=True)
        _stop_at_problems(checked, file)
        changes = checked["changes"]
    return [Change(one["subject"], one["before"], one["after"]) for one in changes]


def read_text(file: Any) -> str:
    """Return the content of `file`; end the process where it is no text."""
    try:
        return str(file.read())
    except UnicodeDecodeError:
        raise click.ClickException(f"{name_of(file)} is not text in UTF-8.") from None


def name_of(file: Any) -> str:
    """Return how sentences name `file`."""
    return "standard input" if file.name in ("-", "<stdin>") else Path(file.name).name


def error_line(name: str, line: int | None, field: str, sentence: str) -> str:
    """Return one fault of a config file as a line."""
    return f"{name}{f':{line}' if line else ''}: {field}: {sentence}"


def _stop_at_problems(checked: Mapping[str, Any], file: Any) -> None:
    if checked["problems"]:
        lines = (error_line(name_of(file), one["line"], one["field"], one["message"]) for one in checked["problems"])
        raise click.ClickException("\n".join(lines))


def _sentences(answer: Any) -> str:
    try:
        error = answer.json()["error"]
        fields = [f"  {field}: {sentence}" for field, sentences in error["fields"].items() for sentence in sentences]
        return "\n".join([error["message"], *fields])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"The service answered with status {answer.status_code}."
