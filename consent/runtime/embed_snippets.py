"""Embed snippets: the lines that a site's owner pastes into its pages."""

import hashlib
from base64 import b64encode
from functools import cache

from consent.core.documents.config import SiteFacts
from consent.core.gpp.mapping import gpp_site
from consent.runtime.blocking import blocker_attributes
from consent.runtime.script_build import TCF
from consent.web.static_files import static_folder

OWN_PATH = "/consent"
FOOTER = "<span data-choices-link></span>"
CHECK_HEADER = "Consent-Check"
"""Marks a script fetch by *Check my site*, which says nothing about which pages have the lines."""
UPSTREAM = "http://127.0.0.1:8000"


@cache
def blocker() -> str:
    """Return the code that blocks what needs consent until the script has decided."""
    return (static_folder() / "blocker.js").read_text("utf-8").strip()


@cache
def gpp_stub() -> str:
    """Return the code that stands in for `__gpp` until the script has loaded."""
    return (static_folder() / "gpp_stub.js").read_text("utf-8").strip()


@cache
def tcf_stub() -> str:
    """Return the code that stands in for `__tcfapi` until the script has loaded."""
    return (static_folder() / "tcf_stub.js").read_text("utf-8").strip()


def stub_code(document: SiteFacts) -> str:
    """Return the stubs for the APIs that the site provides to ad code; empty if it provides none."""
    stubs = [gpp_stub()] if gpp_site(document) else []
    if TCF in document["overrides"].get("sends", []):
        stubs.append(tcf_stub())
    return ";".join(stubs)


@cache
def handover_stub() -> str:
    """Return the code that removes a hand-over code from the address before anything else reads it."""
    return (static_folder() / "handover_stub.js").read_text("utf-8").strip()


@cache
def blocker_hash() -> str:
    """Return the source expression that allows the blocker in a Content-Security-Policy, quotes included."""
    return source_hash(blocker())


@cache
def source_hash(code: str) -> str:
    """Return the source expression that allows inline `code` in a Content-Security-Policy, quotes included."""
    return f"'sha256-{b64encode(hashlib.sha256(code.encode()).digest()).decode()}'"


def script_line(address: str) -> str:
    """Return the script element for the script at `address`."""
    return f'<script async src="{address}"></script>'


def lines_of(site: str, service: str, document: SiteFacts) -> dict[str, str]:
    """Return all snippets by the name that guides use for them.

    `service` is the address at which pages reach the service, `document` the site's draft or config.
    """
    script = f"{service}/b/{site}.js"
    line = script_line(script)
    attributes = blocker_attributes(document, service)
    element = f"<script{attributes}>{blocker()}</script>"
    code, partner_stub = stub_code(document), f"<script>{handover_stub()}</script>"
    stub = f"<script>{code}</script>"
    # Ad code and routers may follow right after these lines and use the APIs immediately.
    stubs = [partner_stub] * ("handover" in document["overrides"]) + [stub] * bool(code)
    head = [element, *stubs, line]
    return {
        "head": "\n".join(head),
        "line": line,
        "own_line": script_line(f"{OWN_PATH}/b/{site}.js"),
        "footer": FOOTER,
        "declaration": script_line(f"{service}/c/{site}.js"),
        "script": script,
        "blocker": element,
        "blocker_code": blocker(),
        "stub": stub,
        "gpp_stub": f"<script>{gpp_stub()}</script>",
        "tcf_stub": f"<script>{tcf_stub()}</script>",
        "handover_stub": partner_stub,
        "blocker_attributes": attributes.strip(),
        "service": service,
        "site": site,
        "upstream": UPSTREAM,
    }
