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
"""Names and variables that the vendors' own anti-flicker snippets have."""


def tools_in(parts: list[Part], files: Mapping[str, str]) -> Iterator[str]:
    """Yield the name of each other consent tool of a page, whose site's own scripts are `files` by address."""
    loose = [part for part in parts if not part.is_marked]
    codes = {part.src: readable(files[part.src]) for part in loose if part.tag == "script" and part.src in files}
    for name, tool in consent_tools().items():
        if any(_is_in(tool, part, codes) for part in loose):
            yield name


def removal_of(name: str, parts: list[Part], files: Mapping[str, str]) -> list[str]:
    """Return the elements of the tool `name` in the order in which they can be taken out: what starts it, then its files.

    Taken out the other way round, what starts it would fail in between.
    """
    tool = consent_tools()[name]
    embedded = [part for part in parts if not part.is_marked and _is_in(tool, part, {})]
    inline = [part for part in embedded if not part.src]
    starts = [part for part in parts if part.src in files and not part.is_marked and part not in embedded]
    starts = [part for part in starts if tool.call and tool.call.search(readable(files[part.src]))]
    own = [f"in {part.src}: the call that starts {name}" for part in starts]
    return list(dict.fromkeys([*map(_shown, inline), *own, *(_shown(part) for part in embedded if part.src)]))


def _is_in(tool: ConsentTool, part: Part, codes: Mapping[str, str]) -> bool:
    """Return whether `part` brings `tool`. The code of a file may name many tools, so that there the call alone counts."""
    if tool.sign.search(part.src) or tool.sign.search(part.text):
        return True
    return bool(tool.call and tool.call.search(codes.get(part.src, "")))


def _shown(part: Part) -> str:
    """Return an element as its source begins."""
    if part.src:
        where = "href" if part.tag == "link" else "src"
        return f'<{part.tag} {where}="{part.src[:MAX_SHOWN]}">'
    code = " ".join(part.text.split())
    return f"<{part.tag}>{code[:MAX_SHOWN]}{'…' if len(code) > MAX_SHOWN else ''}</{part.tag}>"


def hiders_in(parts: list[Part]) -> Iterator[str]:
    """Yield whose snippet hides the page until a script has come that may wait for a choice."""
    for name, sign in HIDING.items():
        if any(sign.search(part.text) for part in parts if part.tag in ("script", "style")):
            yield name
