"""The lines that a website puts into its pages, for one site of this service."""

import hashlib
from base64 import b64encode
from functools import cache

from consent.assets import static_folder

OWN_PATH = "/consent"
FOOTER = "<span data-choices-link></span>"
UPSTREAM = "http://127.0.0.1:8000"


@cache
def stub() -> str:
    """Return the code that holds unmarked tags until the script has decided."""
    return (static_folder() / "stub.js").read_text("utf-8").strip()


@cache
def stub_hash() -> str:
    """Return the source expression that allows the stub in a Content-Security-Policy, quotes included."""
    return f"'sha256-{b64encode(hashlib.sha256(stub().encode()).digest()).decode()}'"


def script_line(address: str) -> str:
    """Return the one line for the script at `address`."""
    return f'<script async src="{address}"></script>'


def lines_of(site: str, service: str) -> dict[str, str]:
    """Return all lines by the mark that guides name them by; `service` is the address that pages reach the service at."""
    script = f"{service}/b/{site}.js"
    line = script_line(script)
    return {
        "head": f"<script>{stub()}</script>\n{line}",
        "line": line,
        "own_line": script_line(f"{OWN_PATH}/b/{site}.js"),
        "footer": FOOTER,
        "declaration": script_line(f"{service}/c/{site}.js"),
        "script": script,
        "stub": stub(),
        "service": service,
        "site": site,
        "upstream": UPSTREAM,
    }
