"""Parse and validate `CONSENT_*` environment variables by type, with an error sentence for each."""

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from consent.core.groups import OPTIONAL
from consent.outbound import mail
from consent.storage.database.database_url import with_hosts_in_query
from consent.verify import read_policy

_HOST = re.compile(r"((\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?")
_ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?([/?][!-~]*)?")
_LIST = re.compile(rf"({'|'.join(OPTIONAL)})=.+")
_MAIL_ADDRESS = re.compile(r"[^@\s<>\"',;:()\\]{1,64}@[A-Za-z0-9.-]{1,255}")

Default = TypeVar("Default", bound=int | None)


class Variables:
    """The variables of a process; each error is added to `errors`, and the variable counts as not set."""

    def __init__(self, env: Mapping[str, str], errors: list[str]) -> None:
        self._env = env
        self._errors = errors

    def text(self, name: str) -> str:
        """Return the value of the variable, or "" if it isn't set."""
        return self._env.get(name, "")

    def is_empty(self, name: str) -> bool:
        """Return whether the variable is set but empty."""
        return self._env.get(name) == ""

    def path(self, name: str) -> Path | None:
        text = self.text(name)
        return Path(text) if text else None

    def switch(self, name: str) -> bool:
        text = self.text(name)
        if text not in ("", "0", "1"):
            self._errors.append(f"{name} must be 0 or 1")
        return text == "1"

    def number(self, name: str, least: int, most: int, default: Default) -> int | Default:
        """Return the number, or `default` if none is set."""
        text = self.text(name)
        if not text:
            return default
        if not re.fullmatch(r"\d{1,10}", text) or not least <= int(text) <= most:
            self._errors.append(f"{name} must be a whole number from {least} to {most}")
            return default
        return int(text)

    def one_of(self, name: str, words: tuple[str, ...]) -> str:
        """Return the word; the first of `words` is the default."""
        text = self.text(name)
        if text and text not in words:
            self._errors.append(f"{name} must be one of {', '.join(words)}")
            return words[0]
        return text or words[0]

    def key(self, name: str) -> str:
        text = self.text(name)
        if text and not re.fullmatch(r"[0-9a-f]{64}", text):
            self._errors.append(f"{name} must be 64 hex digits, as printed by `openssl rand -hex 32`")
        return text

    def base_url(self, name: str) -> str:
        url = self.text(name).rstrip("/")
        if url and not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?", url):
            self._errors.append(f"{name} must be like https://consent.example.com, with no query and no trailing slash")
            return ""
        return url

    def database_url(self, name: str) -> str:
        text = self.text(name)
        try:
            with_hosts_in_query(text)
        except ValueError as error:
            self._errors.append(f"{name}: {error}")
        if text.startswith(("postgres://", "postgresql://")):
            return "postgresql+psycopg://" + text.split("://", 1)[1]
        if text and not text.startswith(("sqlite:///", "postgresql+psycopg://")):
            self._errors.append(f"{name} must begin with sqlite:/// or postgresql://")
        return text

    def networks(self, name: str) -> tuple[str, ...]:
        values = []
        for part in self._split(name):
            try:
                network = ipaddress.ip_network(part)
            except ValueError:
                self._errors.append(f"{name}: {part!r} is not a network such as 10.0.0.0/8 or 2001:db8::/32")
                continue
            if network.prefixlen == 0:
                self._errors.append(f"{name}: {part} would trust every address, so anyone could choose their law")
            values.append(str(network))
        return tuple(values)

    def hosts(self, name: str) -> tuple[str, ...]:
        values = self._split(name)
        invalid = [part for part in values if not _HOST.fullmatch(part)]
        self._errors += [f"{name}: {part!r} is not a host such as intranet.example or *.test:8443" for part in invalid]
        return values

    def lists(self, name: str) -> tuple[str, ...]:
        paths = tuple(filter(None, map(str.strip, self.text(name).split(","))))
        invalid = [part for part in paths if not _LIST.fullmatch(part)]
        self._errors += [
            f"{name}: {part!r} is not like analytics=FILE, with one of {', '.join(OPTIONAL)}" for part in invalid
        ]
        return paths

    def webhook(self, name: str) -> str:
        text = self.text(name)
        is_address = _ADDRESS.fullmatch(text)
        if text and not (is_address and (text.startswith("https://") or is_loopback(text))):
            self._errors.append(f"{name} must be like https://keeper.example.com/hooks; http only on this machine")
        return text

    def witness_policy(self, name: str) -> Path | None:
        """Return the file of witnesses (C2SP tlog-policy), each of which must have an address."""
        path = self.path(name)
        if path is None:
            return None
        try:
            witnesses = read_policy(path.read_text()).witnesses
        except (OSError, ValueError) as error:
            self._errors.append(f"{name}: {path} cannot be used: {getattr(error, 'strerror', None) or error}")
            return None
        invalid = [label for label, witness in witnesses.items() if not _is_witness_url(witness.url)]
        self._errors += [
            (
                f"{name}: witness {label} requires a URL such as https://witness.example.com/; http only in your "
                f"own network"
            )
            for label in invalid
        ]
        if not witnesses:
            self._errors.append(f"{name}: {path} contains no witness")
        return path

    def own_addresses(self, name: str) -> tuple[str, ...]:
        """Return addresses: https, or http within the private network."""
        urls = self._split(name)
        invalid = [
            url
            for url in urls
            if not _ADDRESS.fullmatch(url) or not (url.startswith("https://") or _is_private_network(url))
        ]
        self._errors += [
            f"{name}: {url} must be like https://cache.example.com/purge; http only in your own network"
            for url in invalid
        ]
        return urls

    def language_model(self, name: str) -> str:
        text = self.text(name)
        if text and not (_ADDRESS.fullmatch(text) and (text.startswith("https://") or is_loopback(text))):
            self._errors.append(f"{name} must be like https://models.example.com/v1; http only on this machine")
        return text

    def folder_or_address(self, name: str) -> str:
        """Return a folder or an https address to read files from."""
        text = self.text(name)
        if "://" in text and not (_ADDRESS.fullmatch(text) and (text.startswith("https://") or is_loopback(text))):
            self._errors.append(
                f"{name} must be a folder, or like https://lists.example.com/v3; http only on this machine"
            )
            return ""
        return text

    def secret(self, name: str) -> str:
        """Return the secret as it is set: itself, or `file:PATH` with it in the first line, which `secret_of` reads."""
        text = self.text(name)
        try:
            secret = secret_of(text)
        except (OSError, ValueError):
            self._errors.append(f"{name}: the file cannot be read")
            return ""
        if text and not re.fullmatch(r"[!-~]{1,1000}", secret):
            self._errors.append(f"{name} must be one word of at most 1,000 characters, or file:PATH")
            return ""
        return text

    def mail_server(self, name: str) -> str:
        text = self.text(name)
        is_secret = not text.startswith("smtp://") or is_loopback(text)
        if text and not (mail.FORM.fullmatch(text) and is_secret):
            self._errors.append(
                f"{name} must be like smtps://name:password@mail.example.com or smtp+starttls://…;"
                " smtp:// only on this machine"
            )
        return text

    def mail_address(self, name: str) -> str:
        text = self.text(name)
        if text and not _MAIL_ADDRESS.fullmatch(text):
            self._errors.append(f"{name} must be an email address such as consent@example.com")
        return text

    def mail_addresses(self, name: str) -> tuple[str, ...]:
        addresses = self._split(name)
        invalid = [part for part in addresses if not _MAIL_ADDRESS.fullmatch(part)]
        self._errors += [f"{name}: {part!r} is not an email address such as ann@example.com" for part in invalid]
        return addresses

    def _split(self, name: str) -> tuple[str, ...]:
        return tuple(filter(None, re.split(r"[,\s]+", self.text(name))))


def _is_witness_url(url: str) -> bool:
    is_address = re.fullmatch(r"https?://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?(/[!-~]*)?", url)
    return bool(is_address) and (url.startswith("https://") or is_loopback(url) or _is_private(url))


def _is_private(url: str) -> bool:
    try:
        return ipaddress.ip_address(urlsplit(url).hostname or "").is_private
    except ValueError:
        return False


def _is_private_network(url: str) -> bool:
    """Return whether `url` names this machine, a private address, or a host without a dot, as containers have."""
    return is_loopback(url) or _is_private(url) or "." not in (urlsplit(url).hostname or ".")


def secret_of(text: str) -> str:
    """Return the secret `text`, or for `file:PATH` the first line of that file. Raises OSError, UnicodeDecodeError."""
    if text.startswith("file:"):
        return Path(text.removeprefix("file:")).read_text("utf-8").partition("\n")[0].strip()
    return text


def is_loopback(url: str) -> bool:
    """Return whether `url` names this machine: a loopback address, localhost or a subdomain of localhost."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
