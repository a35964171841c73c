"""Parse database URLs with several hosts, as libpq accepts them. Standard library only, for settings validation."""

import re
from urllib.parse import parse_qsl, unquote

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s:\[\]@/]*)(?::([0-9]{1,5}))?")
_URL = re.compile(r"([a-z0-9+]+)://(?:([^/?]*)@)?([^/?@]*)(/[^?]*)?(?:\?(.*))?", re.DOTALL)


def with_hosts_in_query(url: str) -> str:
    """Return `url` with the hosts of `//user@a:5432,b:5433/name` as `?host=a,b&port=5432,5433`; other URLs unchanged.

    Raises ValueError for invalid hosts or ports; its message contains no password.
    """
    match = _URL.fullmatch(url)
    if match is None:
        return url
    scheme, user, authority, path, query = match.groups(default="")
    _check_query(query)
    if "," not in authority:
        _host_and_port(authority)
        return url
    hosts, ports = zip(*map(_host_and_port, authority.split(",")), strict=True)
    ported = f"port={','.join(ports)}" if any(ports) else ""
    queries = "&".join(filter(None, [f"host={','.join(hosts)}", ported, query]))
    return f"{scheme}://{user}{'@' if user else ''}{path or '/'}?{queries}"


def _host_and_port(text: str) -> tuple[str, str]:
    match = _HOST.fullmatch(unquote(text))
    if match is None or int(match[2] or 1) not in range(1, 65536):
        raise ValueError(f"{text!r} is not a host such as db1.example.com:5432")
    return match[1].strip("[]"), match[2] or ""


def _check_query(query: str) -> None:
    """Check that ports are valid, and that there is one for all hosts or one for each. Raises ValueError."""
    given = parse_qsl(query)
    hosts, ports = (
        [one for name, value in given if name == wanted for one in value.split(",")] for wanted in ("host", "port")
    )
    for port in ports:
        if port and not (port.isdigit() and int(port) in range(1, 65536)):
            raise ValueError(f"{port!r} is not a port")
    if len(ports) > 1 and len(ports) != len(hosts):
        raise ValueError(f"there are {len(hosts)} hosts and {len(ports)} ports")
