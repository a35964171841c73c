"""Registrable domains by the public suffix list: `shop.example.co.uk` belongs to `example.co.uk`."""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
MAX_URL_LENGTH = 4000


def clean_host(text: str) -> str:
    """Return the host of a cookie domain or URL in lower case, or ""."""
    text = text.strip()[:MAX_URL_LENGTH]
    if "/" in text:
        text = host_of(text)
    host = text.lower().lstrip(".").partition(":")[0].rstrip(".")
    return host if HOST.fullmatch(host) else ""


def host_of(address: str) -> str:
    """Return the host of `address`, with or without a scheme, or ""."""
    try:
        return urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return ""


def parents(host: str) -> Iterator[str]:
    """Yield `host` and each domain above it, nearest first."""
    while host:
        yield host
        host = host.partition(".")[2]


@lru_cache(maxsize=1024)
def owned_domain(host: str) -> str:
    """Return the registrable domain of `host` (publicsuffix.org), or `host` if there is none."""
    return _suffixes().privatesuffix(host) or host


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()
