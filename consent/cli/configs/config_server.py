"""`consent config … --server URL`: the same by the configuration API, where the database is elsewhere."""

import functools
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from consent.config.env_readers import is_loopback

SECONDS = 120
"""A publish waits for the check of the draft in Chromium."""
RETRY_SECONDS = 60
"""Longer than the service waits for a request that broke off."""
MAX_PAUSE_SECONDS = 10.0
UNAVAILABLE = (502, 503, 504)
RUNNING = "request_running"


def on_server(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a service elsewhere to a command, which gets the site there as `server`, or None."""

    @click.option("--server", metavar="URL", help="By the API of a service elsewhere, which needs a token.")
    @click.option("--token", help="The token. Others on this machine see it in `ps`: better set CONFIG_TOKEN.")
    @click.option("--token-file", type=click.Path(path_type=Path), help="A file with the token.")
    @click.option(
        "--retry",
        metavar="SECONDS",
        type=click.IntRange(0, 3600),
        default=RETRY_SECONDS,
        show_default=True,
        help="How long to try again where the service does not answer.",
    )
    @functools.wraps(command)
    def with_server(
        key: str, server: str | None, token: str | None, token_file: Path | None, retry: int, **arguments: Any
    ) -> None:
        command(key=key, server=server_of(server, key, token, token_file, retry), **arguments)

    return with_server


class ConfigServer(NamedTuple):
    """A site on the service at `url`, reached by `token`; it is asked again for so many seconds where it does not answer."""

    url: str
    token: str
    key: str
    retry_seconds: int = RETRY_SECONDS

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
        """Return the answer; end the process with the sentences of an error.

        A write, which has an `etag`, names itself by a key: so it takes effect once, however often it is sent.
        """
        import requests

        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        headers |= {"If-Match": etag, "Idempotency-Key": f'"{uuid.uuid4()}"'} if etag else {}
        query = {name: "true" for name, is_on in switches.items() if is_on}
        address = f"{self.url}/api/v1/sites/{self.key}/{path}"
        body = text.encode() if text is not None else None
        send = functools.partial(
            requests.request, method, address, params=query, data=body, headers=headers, timeout=SECONDS
        )
        answer = self._until_answered(functools.partial(send, allow_redirects=False))
        if answer.status_code not in (200, 201):
            raise click.ClickException(_sentences(answer))
        return answer

    def _until_answered(self, send: Callable[[], Any]) -> Any:
        """Return the answer to `send`, which is called again while none comes; end the process where that lasts too long."""
        import requests

        until, pause = 0.0, 1.0
        while True:
            try:
                answer = send()
                if not _is_unavailable(answer):
                    return answer
                problem, wait = f"it answers with status {answer.status_code}", _retry_after(answer)
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                if isinstance(error, requests.exceptions.SSLError):
                    raise click.ClickException(f"{self.url} does not answer: {error}") from None
                answer, problem, wait = None, _reason(error), 0.0
            except requests.RequestException as error:
                raise click.ClickException(f"{self.url} does not answer: {error}") from None
            now = time.monotonic()
            if not until:
                until = now + self.retry_seconds
                if self.retry_seconds:
                    click.echo(f"No answer ({problem}): trying again for {self.retry_seconds} seconds.", err=True)
            if now >= until:
                if answer is not None:
                    return answer
                raise click.ClickException(f"{self.url} does not answer: {problem}")
            time.sleep(min(max(pause, wait), MAX_PAUSE_SECONDS, until - now))
            pause *= 2


def _reason(error: Exception) -> str:
    """Return why nothing answered: the last of the causes that the library has strung together."""
    cause = getattr(error.args[0], "reason", error) if error.args else error
    return str(cause).rpartition(": ")[2]


def server_of(
    server: str | None, key: str, token: str | None = None, token_file: Path | None = None, retry: int = RETRY_SECONDS
) -> ConfigServer | None:
    """Return the site on `server`; None where no server is named."""
    if server is None:
        if token is not None or token_file is not None:
            raise click.UsageError("A token is for --server.")
        return None
    if not (server.startswith("https://") or (server.startswith("http://") and is_loopback(server))):
        raise click.ClickException("The address of the service begins with https://, since a token is sent there.")
    return ConfigServer(server.rstrip("/"), _token(token, token_file), key, retry)


def _token(token: str | None, token_file: Path | None) -> str:
    """Return the token of the option, of the file, or of CONFIG_TOKEN; end the process where there is none."""
    if token is not None and token_file is not None:
        raise click.UsageError("Give --token or --token-file, not both.")
    if token_file is not None:
        try:
            token = token_file.read_text("utf-8")
        except UnicodeDecodeError:
            raise click.ClickException(f"{token_file} is not text in UTF-8.") from None
        except OSError as error:
            raise click.ClickException(f"{token_file} cannot be read: {error.strerror}.") from None
    token = (os.environ.get("CONFIG_TOKEN", "") if token is None else token).strip()
    if not token:
        raise click.ClickException(
            "Set CONFIG_TOKEN to a token of scope config:read, and config:write for changes; or use --token-file."
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise click.ClickException("This is no token: one has no spaces or line breaks, and only ASCII characters.")
    return token


def _is_unavailable(answer: Any) -> bool:
    """Return whether the same request may be answered later: the service is away, or still at work on it."""
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
