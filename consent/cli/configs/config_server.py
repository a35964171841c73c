"""`consent config … --server URL`: the same commands through the configuration API, if the database is elsewhere."""

import functools
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from consent.config.env_readers import is_loopback

if TYPE_CHECKING:
    from consent.storage.sites.configs import SiteSummary

SECONDS = 120
"""Publishing waits until the draft has been checked in Chromium."""
RETRY_SECONDS = 60
"""Longer than the service waits for an interrupted request."""
MAX_PAUSE_SECONDS = 10.0
UNAVAILABLE = (502, 503, 504)
RUNNING = "request_running"


def server_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for a remote service to a command, which gets the site `key` there as `server`, or None."""

    @click.option("--server", metavar="URL", help="Use the API of the service at this URL; requires a token.")
    @click.option(
        "--token", help="API token. Other users of this machine can see it in `ps`; set CONFIG_TOKEN instead."
    )
    @click.option("--token-file", type=click.Path(path_type=Path), help="File that contains the token.")
    @click.option(
        "--retry",
        metavar="SECONDS",
        type=click.IntRange(0, 3600),
        default=RETRY_SECONDS,
        show_default=True,
        help="Seconds to retry if the service does not respond.",
    )
    @functools.wraps(command)
    def with_server(
        server: str | None, token: str | None, token_file: Path | None, retry: int, **arguments: Any
    ) -> None:
        site = server_of(server, arguments.get("key", ""), token, token_file, retry)
        command(server=site, **arguments)

    return with_server


class ConfigServer(NamedTuple):
    """A site on the service at `url`, accessed with `token`; unanswered requests are retried for `retry_seconds`.

    The `key` is empty for the list of sites.
    """

    url: str
    token: str
    key: str
    retry_seconds: int = RETRY_SECONDS

    def sites(self) -> "list[SiteSummary]":
        """Return the sites that the token may configure, by name."""
        from consent.storage.sites.configs import SiteSummary

        items = self._replace(key="")._request("GET", "").json()["items"]
        return [SiteSummary(*(item[name] for name in SiteSummary._fields)) for item in items]

    def create_site(self, name: str, hosts: list[str], language: str, time_zone: str) -> None:
        """Create the site with an empty draft."""
        facts = {"key": self.key, "name": name, "hosts": hosts, "language": language, "time_zone": time_zone}
        self._replace(key="")._request("POST", "", json.dumps(facts), once=True)

    def read(self) -> tuple[str, str]:
        """Return the draft as a config file in JSON, and its ETag."""
        answer = self._request("GET", "draft")
        return answer.text, answer.headers["ETag"]

    def changes(self) -> list[dict[str, Any]]:
        """Return the changes that publishing the draft would make."""
        return self.pending()[1]

    def pending(self) -> tuple[str, list[dict[str, Any]]]:
        """Return the draft's ETag, and the changes that publishing it would make."""
        draft = self._request("GET", "draft/changes").json()
        return draft["etag"], draft["changes"]

    def check(self, text: str, *, unfinished: bool) -> Mapping[str, Any]:
        """Return the errors in a config file, and the changes it would make."""
        checked: Mapping[str, Any] = self._request("POST", "draft/check", text, unfinished=unfinished).json()
        return checked

    def save(self, text: str, *, unfinished: bool, overwrite: bool) -> tuple[str, list[str]]:
        """Save a config file as the draft; return its ETag and what an admin has to approve."""
        etag = self.read()[1]
        answer = self._request("PUT", "draft", text, etag, unfinished=unfinished, overwrite=overwrite).json()
        return answer["etag"], answer["waits"]

    def publish(self, note: str, etag: str) -> Mapping[str, Any]:
        """Publish the draft with this `etag`; return config, version and whether it is new."""
        published: Mapping[str, Any] = self._request("POST", "versions", json.dumps({"note": note}), etag).json()
        return published

    def restore(self, number: int, note: str, etag: str) -> Mapping[str, Any]:
        """Publish the content of version `number` in place of the draft with this `etag`; return the same."""
        restored: Mapping[str, Any] = self._request(
            "POST", f"versions/{number}/restore", json.dumps({"note": note}), etag
        ).json()
        return restored

    def _request(
        self,
        method: str,
        path: str,
        text: str | None = None,
        etag: str = "",
        *,
        once: bool = False,
        **switches: bool,
    ) -> Any:
        """Return the response; exit the process with the error messages if it is an error.

        A write, which has an `etag` or is to happen `once`, carries an idempotency key, so it takes effect once,
        however often it is sent.
        """
        import requests

        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        headers |= {"If-Match": etag} if etag else {}
        headers |= {"Idempotency-Key": f'"{uuid.uuid4()}"'} if etag or once else {}
        query = {name: "true" for name, is_on in switches.items() if is_on}
        address = "/".join(filter(None, [f"{self.url}/api/v1/sites", self.key, path]))
        body = text.encode() if text is not None else None
        send = functools.partial(
            requests.request, method, address, params=query, data=body, headers=headers, timeout=SECONDS
        )
        answer = self._send_with_retries(functools.partial(send, allow_redirects=False))
        if answer.status_code not in (200, 201):
            raise click.ClickException(_error_text(answer))
        return answer

    def _send_with_retries(self, send: Callable[[], Any]) -> Any:
        """Return the response to `send`, retried until there is one; exit the process if that takes too long."""
        import requests

        until, pause = 0.0, 1.0
        while True:
            try:
                answer = send()
                if not _is_unavailable(answer):
                    return answer
                problem, wait = f"it returned status {answer.status_code}", _retry_after(answer)
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                if isinstance(error, requests.exceptions.SSLError):
                    raise click.ClickException(f"{self.url} does not respond: {error}") from None
                answer, problem, wait = None, _reason(error), 0.0
            except requests.RequestException as error:
                raise click.ClickException(f"{self.url} does not respond: {error}") from None
            now = time.monotonic()
            if not until:
                until = now + self.retry_seconds
                if self.retry_seconds:
                    click.echo(f"No response ({problem}); retrying for {self.retry_seconds} seconds.", err=True)
            if now >= until:
                if answer is not None:
                    return answer
                raise click.ClickException(f"{self.url} does not respond: {problem}")
            time.sleep(min(max(pause, wait), MAX_PAUSE_SECONDS, until - now))
            pause *= 2


def _reason(error: Exception) -> str:
    """Return why the connection failed: the last cause in the library's chained message."""
    cause = getattr(error.args[0], "reason", error) if error.args else error
    return str(cause).rpartition(": ")[2]


def server_of(
    server: str | None, key: str, token: str | None = None, token_file: Path | None = None, retry: int = RETRY_SECONDS
) -> ConfigServer | None:
    """Return the site on `server`, or None if no server is given."""
    if server is None:
        if token is not None or token_file is not None:
            raise click.UsageError("A token requires --server.")
        return None
    if not (server.startswith("https://") or (server.startswith("http://") and is_loopback(server))):
        raise click.ClickException("The URL of the service must begin with https://, because a token is sent to it.")
    return ConfigServer(server.rstrip("/"), _token(token, token_file), key, retry)


def _token(token: str | None, token_file: Path | None) -> str:
    """Return the token from the option, the file, or CONFIG_TOKEN; exit the process if there is none."""
    if token is not None and token_file is not None:
        raise click.UsageError("Specify --token or --token-file, not both.")
    if token_file is not None:
        try:
            token = token_file.read_text("utf-8")
        except UnicodeDecodeError:
            raise click.ClickException(f"{token_file} is not UTF-8 text.") from None
        except OSError as error:
            raise click.ClickException(f"{token_file} cannot be read: {error.strerror}.") from None
    token = (os.environ.get("CONFIG_TOKEN", "") if token is None else token).strip()
    if not token:
        raise click.ClickException(
            "Set CONFIG_TOKEN to a token of scope config:read, and config:write for changes; or use --token-file."
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise click.ClickException("Not a token: tokens contain only ASCII characters, without spaces or line breaks.")
    return token


def _is_unavailable(answer: Any) -> bool:
    """Return whether to retry the request: the service is unavailable, or still working on the first attempt."""
    if answer.status_code != 409:
        return answer.status_code in UNAVAILABLE
    try:
        return bool(answer.json()["error"]["code"] == RUNNING)
    except (ValueError, KeyError, TypeError):
        return False


def _retry_after(answer: Any) -> float:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else 0.0


def export_from(server: ConfigServer, *, is_yaml: bool) -> str:
    """Return the draft on `server` as a file's text."""
    from consent.sites.config_file import write_yaml

    text = server.read()[0]
    return write_yaml(json.loads(text)) if is_yaml else text


def import_to(server: ConfigServer, file: Any, *, overwrite: bool, unfinished: bool) -> str:
    """Save `file` as the draft on `server`, print what an admin has to approve, and return the draft's ETag."""
    text = read_text(file)
    _fail_on_problems(server.check(text, unfinished=unfinished), file)
    etag, waits = server.save(text, unfinished=unfinished, overwrite=overwrite)
    for sentence in waits:
        click.echo(f"Before publishing: {sentence}", err=True)
    return etag


def changes_on(server: ConfigServer, file: Any) -> list[Any]:
    """Return the changes that publishing the draft on `server`, or `file`, would make."""
    from consent.publishing.publish import Change

    if file is None:
        changes = server.changes()
    else:
        checked = server.check(read_text(file), unfinished=True)
        _fail_on_problems(checked, file)
        changes = checked["changes"]
    return [Change(one["subject"], one["before"], one["after"]) for one in changes]


def read_text(file: Any) -> str:
    """Return the content of `file`; exit the process if it isn't text."""
    try:
        return str(file.read())
    except UnicodeDecodeError:
        raise click.ClickException(f"{name_of(file)} is not UTF-8 text.") from None


def name_of(file: Any) -> str:
    """Return the name of `file` for messages."""
    return "standard input" if file.name in ("-", "<stdin>") else Path(file.name).name


def error_line(name: str, line: int | None, field: str, sentence: str) -> str:
    """Return an error in a config file as one line."""
    return f"{name}{f':{line}' if line else ''}: {field}: {sentence}"


def _fail_on_problems(checked: Mapping[str, Any], file: Any) -> None:
    if checked["problems"]:
        lines = (error_line(name_of(file), one["line"], one["field"], one["message"]) for one in checked["problems"])
        raise click.ClickException("\n".join(lines))


def _error_text(answer: Any) -> str:
    try:
        error = answer.json()["error"]
        fields = [f"  {field}: {sentence}" for field, sentences in error["fields"].items() for sentence in sentences]
        return "\n".join([error["message"], *fields])
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"The service returned status {answer.status_code}."
