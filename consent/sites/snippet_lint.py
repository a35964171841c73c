"""Static analysis of pasted code: its hosts and names, and likely harmful constructs.

Code can hide both, so this helps the admin who approves it but proves nothing; a scan shows its real behavior.
"""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from consent.core.documents.tags import Node
from consent.core.host_patterns import host_and_path
from consent.core.translatable import translatable

ADDRESS = re.compile(
    r"""(?:https?:)?//((?:[a-z0-9-]+\.)+[a-z]{2,24})(?=[/:?#"'`\s\\]|$)(/[\w.~@%/+-]*)?""", re.IGNORECASE
)
COOKIE = re.compile(r"""\bdocument\.cookie\s*=\s*["'`]\s*([\w.$-]{1,100})\s*=""", re.ASCII)
STORED = re.compile(r"""\b(local|session)Storage\.setItem\(\s*["'`]([^"'`\s=;,]{1,100})["'`]""")
LINTS: tuple[tuple[str, str], ...] = (
    (
        r"\bdocument\s*\.\s*(write|writeln|open)\s*\(",
        translatable("document.write empties the page: the tag comes after it was read."),
    ),
    (
        r"\beval\s*\(|\bnew\s+Function\s*\(",
        translatable("It turns text into code, which a strict policy blocks and nobody can review."),
    ),
    (
        r"\bset(Timeout|Interval)\s*\(\s*[\"'`]",
        translatable("It runs text as code after a delay, which a strict policy blocks."),
    ),
    (r"\batob\s*\(|fromCharCode|\\x[0-9a-f]{2}\\x", translatable("It hides text from readers.")),
    (
        r"addEventListener\(\s*[\"'`](key(down|up|press)|input|submit|change|paste)",
        translatable("It listens to what visitors type or send."),
    ),
    (
        r"\.forms\b|type=[\"']?password|querySelector(All)?\(\s*[\"'`][^\"'`]*(input|form)",
        translatable("It looks for forms and their fields."),
    ),
    (
        r"\blocation(\.href)?\s*=[^=]|\blocation\.(replace|assign)\s*\(",
        translatable("It can lead visitors to another page."),
    ),
    (r"\bhttp://(?!localhost|127\.)", translatable("It names an address without https, which browsers block.")),
    (r"\bdocument\.cookie\b(?!\s*=)", translatable("It reads cookies, including those of others.")),
    (
        r"createElement\(\s*[\"'`]script|\bimport\s*\(",
        translatable("It loads further scripts, which this approval does not show."),
    ),
    (r"\b(alert|confirm|prompt)\s*\(", translatable("It opens a dialog that stops the page.")),
    (r"\bdebugger\b", translatable("It contains a debugger statement.")),
)
"""Patterns to find in inline code, each with its warning."""


class CodeFacts(NamedTuple):
    """Hosts in code, kind (`cookie`, `local`, `session`) and name of items it stores, and warnings.

    `addresses` are host and path without scheme and query, since products that share a host differ in their paths.
    """

    hosts: list[str]
    items: list[tuple[str, str]]
    warnings: list[str]
    addresses: list[str]


def code_facts(nodes: list[Node]) -> CodeFacts:
    """Return the facts about `nodes`, each list in the order of appearance."""
    code = "\n".join(node["text"] for node in nodes)
    sources = ["".join(host_and_path(node["src"])) for node in nodes if node["src"]]
    named = [host.lower() + (path or "/") for host, path in ADDRESS.findall(code)]
    addresses = list(dict.fromkeys([*sources, *named]))[:100]
    cookies = [("cookie", name) for name in COOKIE.findall(code)]
    stored = [("local" if kind == "local" else "session", name) for kind, name in STORED.findall(code)]
    return CodeFacts(
        list(dict.fromkeys(address.partition("/")[0] for address in addresses)),
        list(dict.fromkeys([*cookies, *stored])),
        [sentence for pattern, sentence in LINTS if re.search(pattern, code, re.IGNORECASE)] + _address_lints(nodes),
        addresses,
    )


def _address_lints(nodes: list[Node]) -> list[str]:
    """Return warnings for scripts loaded by address, whose content can change after approval."""
    unpinned = [
        node for node in nodes if node["element"] == "script" and node["src"] and "integrity" not in node["attributes"]
    ]
    hosts = list(dict.fromkeys(urlsplit(node["src"]).hostname or "" for node in unpinned))
    return [translatable(f"What {', '.join(hosts)} serves can change after it was approved.")] if hosts else []
