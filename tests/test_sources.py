"""What no source of ours may hold: ways for a text to become code, weak hashes, guessable chance."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IN_BROWSERS = {
    r"\.(inner|outer)HTML\b": "a text becomes HTML",
    r"(\.|\[[\"'`])(insertAdjacentHTML|createContextualFragment)\b|document\.write": "a text becomes HTML",
    r"\beval\s*\(|new Function\b": "a text becomes code",
    r"set(Timeout|Interval)\(\s*[\"'`]": "a text becomes code",
    r"new RegExp\b": "data becomes a pattern",
}
"""OWASP ASVS 1.2.9, 1.3.1, 1.3.2, 3.2.2."""
IN_PYTHON = {
    r"\bpickle\b|yaml\.(unsafe_)?load\(|\bmarshal\b": "data becomes objects",
    r"\b(eval|exec)\(": "a text becomes code",
    r"render_template_string": "a text becomes a template",
    r"\bMarkup\(": "a text becomes HTML",
    r"verify\s*=\s*False|_create_unverified_context": "a certificate is not checked",
    r"\bhashlib\.(md5|sha1)\b(?!.*usedforsecurity=False)": "a weak hash",
    r"^\s*(import random\b|from random\b)": "chance that can be guessed",
    r"shell\s*=\s*True": "a text becomes a command",
}
"""OWASP ASVS 1.2.4, 1.3.2, 1.3.7, 1.5.2, 11.4.1, 11.5.1, 12.3.2."""
SEEDED = ("consent/demo/", "consent/classify/train.py")
"""What is the same each time on purpose."""


def _found(folders: dict[str, str], barred: dict[str, str]) -> list[str]:
    files = [path for folder, form in folders.items() for path in sorted((ROOT / folder).rglob(form))]
    names = [str(path.relative_to(ROOT)) for path in files]
    assert len(names) > 10
    return [
        f"{name}: {why}"
        for name in names
        if "vendor/" not in name and not name.startswith(SEEDED)
        for pattern, why in barred.items()
        if re.search(pattern, (ROOT / name).read_text("utf-8"), re.MULTILINE)
    ]


def test_no_text_becomes_code_or_html_in_a_browser() -> None:
    assert _found({"banner": "*.js", "static/dashboard": "*.js", "consent/demo": "*.js"}, IN_BROWSERS) == []


def test_no_text_becomes_code_on_the_server_and_nothing_weak_is_used() -> None:
    assert _found({"consent": "*.py"}, IN_PYTHON) == []


@pytest.mark.parametrize("line", ["box.innerHTML = text", "eval(text)", "new RegExp(name)", "setTimeout('x()')"])
def test_the_search_finds_what_it_looks_for(line: str) -> None:
    assert any(re.search(pattern, line) for pattern in IN_BROWSERS)


def test_templates_clean_every_text() -> None:
    """`|safe` stands for a QR code that the service draws itself and, in the demo, for the blocker as it was built."""
    held = [
        f"{path.name}: {line.strip()}"
        for path in sorted((ROOT / "consent").rglob("*.html"))
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\|\s*safe\b|autoescape false", line)
    ]
    assert [one.partition(":")[0] for one in held] == ["own_receipts.html", "server-side.html"], held
    assert ("card.qr|safe" in held[0], "{{ blocker|safe }}" in held[1]) == (True, True)
