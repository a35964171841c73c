"""Static analysis of inline scripts: strip comments and extract the URLs they load."""

import json
import re
from collections.abc import Iterator

# None of these patterns reads a character more than a few times, whatever the page contains: a run of characters
# matches only from its start, and no string starts after a backslash.
TOKENS = re.compile(
    r"(?P<kept>(?<!\\)(?:\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`))|"
    r"(?P<block>/\*)|<!--[^\n]*|(?:^|(?<=[\s;{}(),]))//[^\n]*",
    re.DOTALL | re.MULTILINE,
)
ESCAPED_SLASH = re.compile(r"(?<!\\)\\+(?:/|x2f|u002f)", re.IGNORECASE)
ESCAPED_QUOTE = re.compile(r"(?<!\\)\\+([\"'])")
JOINT = re.compile(r"([\"'])\s*\+\s*\1")
SCHEME_CHOICE = re.compile(
    r"(?:\(\s*)?[\"']https:?[\"']\s*={2,3}\s*(?:\w+\.)*location\.protocol\s*\?\s*[\"'](?:https:)?(?://)?([^\"']*)[\"']\s*:"
    r"\s*[\"'](?:http:)?(?://)?[^\"']*[\"']\s*\)?\s*\+\s*[\"'](?://)?"
)
ADDRESS = re.compile(
    r"(?P<before>.{0,40}?)[\"'`](?P<address>(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,24}(?::\d+)?(?:[/?][^\"'`\s<>\\]{0,400})?)"
    r"(?P<after>[\"'`])",
    re.IGNORECASE | re.DOTALL,
)
LOADS = re.compile(
    r"(?:\bsrc[\"']?\s*[=:]\s*|setAttribute\(\s*[\"']src[\"']\s*,\s*|__next_s\s*\|\|\s*\[\]\s*\)\.push\(\s*\[\s*|"
    r"\b(?:import|importScripts|\w*(?:load|get|insert|add|append|inject|create)\w*script\w*|loadjs)\s*\(\s*)$",
    re.IGNORECASE,
)
SCRIPT = re.compile(r"\.js(?:$|[?#])", re.IGNORECASE)


def readable(code: str) -> str:
    """Return `code` without comments and escapes, with adjacent string literals concatenated."""
    text = _without_comments(code)
    text = ESCAPED_QUOTE.sub(r"\1", ESCAPED_SLASH.sub("/", text))
    return JOINT.sub("", SCHEME_CHOICE.sub(r'"https://\1', text))


def _without_comments(code: str) -> str:
    parts, at, last = [], 0, code.rfind("*/")
    while token := TOKENS.search(code, at):
        parts.append(code[at : token.start()])
        if not token["block"]:
            parts.append(token["kept"] or " ")
            at = token.end()
        elif token.end() > last:  # not a comment, since no `*/` follows
            parts.append("/*")
            at = token.end()
        else:
            parts.append(" ")
            at = code.index("*/", token.end()) + len("*/")
    return "".join([*parts, code[at:]])


def addresses_in(text: str) -> Iterator[str]:
    """Yield each URL that readable code loads as a script or frame; plain links are skipped."""
    for match in ADDRESS.finditer(text):
        if SCRIPT.search(match["address"]) or LOADS.search(match["before"]):
            yield "https://" + match["address"].partition("//")[2]


def named_scripts(data: str) -> Iterator[str]:
    """Yield the entries of `scriptLoader` in the data of Next.js, as code that loads them."""
    try:
        scripts = json.loads(data).get("scriptLoader", [])
    except (ValueError, AttributeError):
        return
    for script in scripts if isinstance(scripts, list) else ():
        if isinstance(script, dict):
            inner = script.get("dangerouslySetInnerHTML")
            yield str(inner.get("__html", "")) if isinstance(inner, dict) else str(script.get("children", ""))
            yield f'src="{script["src"]}"' if isinstance(script.get("src"), str) else ""
