"""Detect other consent management platforms and anti-flicker snippets in a page."""

import re
from collections.abc import Iterator, Mapping

from consent.classifier.recognition.consent_tools import ConsentTool, consent_tools
from consent.classifier.recognition.inline_code import readable
from consent.scanner.health.html_elements import Part

MAX_SHOWN = 120
HIDING = {
    "Google Optimize": re.compile(r"\basync-hide\b"),
    "VWO": re.compile(r"\b_vis_opt_settings_tolerance\b|\bhide_element\s*[=:]|\b_vis_opt_path_hides\b"),
    "AB Tasty": re.compile(
        r"\babtasty\b.{0,200}\b(?:opacity|visibility)\b|\bab-?tasty-?(?:hide|anti)", re.DOTALL | re.I
    ),
    "Convert": re.compile(r"\bconvert_hide_body\b|\b_conv_page_hide\b|\bconv_hide\b"),
    "Optimizely": re.compile(r"\boptimizely-?(?:hide|snippet-hiding)\b|\bopt-hide\b", re.I),
    "Kameleoon": re.compile(r"\bkameleoonLoadingTimeout\b|\bkameleoonDisplayPage\b"),
    "Adobe Target": re.compile(r"\bat-body-style\b|\balloy-prehiding\b"),
}
"""Names and variables in the vendors' own anti-flicker snippets."""


def tools_in(parts: list[Part], files: Mapping[str, str]) -> Iterator[str]:
    """Yield the name of each other consent tool in a page; `files` are the site's own scripts by URL."""
    loose = [part for part in parts if not part.is_marked]
    codes = {part.src: readable(files[part.src]) for part in loose if part.tag == "script" and part.src in files}
    for name, tool in consent_tools().items():
        if any(_loads(tool, part, codes) for part in loose):
            yield name


def removal_of(name: str, parts: list[Part], files: Mapping[str, str]) -> list[str]:
    """Return the elements of the tool `name` in removal order: the code that starts it, then its files.

    In the opposite order, the code that starts it would fail in between.
    """
    tool = consent_tools()[name]
    embedded = [part for part in parts if not part.is_marked and _loads(tool, part, {})]
    inline = [part for part in embedded if not part.src]
    starts = [part for part in parts if part.src in files and not part.is_marked and part not in embedded]
    starts = [part for part in starts if tool.call and tool.call.search(readable(files[part.src]))]
    own = [f"in {part.src}: the call that starts {name}" for part in starts]
    return list(
        dict.fromkeys([*map(_source_start, inline), *own, *(_source_start(part) for part in embedded if part.src)])
    )


def _loads(tool: ConsentTool, part: Part, codes: Mapping[str, str]) -> bool:
    """Return whether `part` loads `tool`; in a file only the call counts, since its code may mention many tools."""
    if tool.sign.search(part.src) or tool.sign.search(part.text):
        return True
    return bool(tool.call and tool.call.search(codes.get(part.src, "")))


def _source_start(part: Part) -> str:
    """Return the beginning of an element's source."""
    if part.src:
        where = "href" if part.tag == "link" else "src"
        return f'<{part.tag} {where}="{part.src[:MAX_SHOWN]}">'
    code = " ".join(part.text.split())
    return f"<{part.tag}>{code[:MAX_SHOWN]}{'…' if len(code) > MAX_SHOWN else ''}</{part.tag}>"


def hiders_in(parts: list[Part]) -> Iterator[str]:
    """Yield the vendors of snippets that hide the page until a script loads, which may wait for a choice."""
    for name, sign in HIDING.items():
        if any(sign.search(part.text) for part in parts if part.tag in ("script", "style")):
            yield name
