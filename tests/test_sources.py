"""What no source may contain: text turned into code, weak hashes, predictable randomness; and what no test may do."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
IN_BROWSERS = {
    r"\.innerHTML\b|\.outerHTML\s*\+?=[^=]": "a text becomes HTML",
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
    r"\.extract(all)?\(|\bunpack_archive\b": "an archive says where it is written",
}
"""OWASP ASVS 1.2.4, 1.3.2, 1.3.7, 1.5.2, 11.4.1, 11.5.1, 12.3.2."""
SEEDED = ("consent/demo/", "consent/classifier/training/")
"""Folders whose randomness is seeded on purpose."""


def below(folder: Path, form: str) -> list[Path]:
    """Return the files that match `form`, except in the documentation site, which is generated."""
    return sorted(path for path in folder.rglob(form) if "docs_site" not in path.parts)


def _found(folders: dict[str, str], barred: dict[str, str]) -> list[str]:
    files = [path for folder, form in folders.items() for path in below(ROOT / folder, form)]
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
    """`|safe` is allowed for a QR code that the service draws and, in the demo, for the blocker as built."""
    held = [
        f"{path.name}: {line.strip()}"
        for path in below(ROOT / "consent", "*.html")
        for line in path.read_text("utf-8").splitlines()
        if re.search(r"\|\s*safe\b|autoescape false", line)
    ]
    assert [one.partition(":")[0] for one in held] == ["own_receipts.html", "server-side.html"], held
    assert ("card.qr|safe" in held[0], "{{ blocker|safe }}" in held[1]) == (True, True)


SQL = re.compile(r"exec_driver_sql|\bselect\(|\.execute\(|\bimport sqlite3\b")


def test_queries_stand_in_the_storage_alone() -> None:
    files = [
        path for path in sorted((ROOT / "consent").rglob("*.py")) if (ROOT / "consent/storage") not in path.parents
    ]
    assert len(files) > 100
    assert [str(path.relative_to(ROOT)) for path in files if SQL.search(path.read_text("utf-8"))] == []


IMPORTS_OF_TESTS = re.compile(r"^\s*(?:from|import)\s+tests(?:\.\w+)*\.(?:test_\w+|conftest)\b", re.MULTILINE)
NAMES_OF_TESTS = re.compile(r"^\s*from\s+tests(?:\.\w+)*\s+import\s[^\n]*\b(?:test_\w+|conftest)\b", re.MULTILINE)


def test_no_module_imports_a_test_module_or_a_conftest() -> None:
    """Code that two test modules share belongs in a module named after it."""
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for folder in ("tests", "bench", "cluster", "consent")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for pattern in (IMPORTS_OF_TESTS, NAMES_OF_TESTS)
        for line in pattern.findall(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize("line", ["from tests.cli.test_cli import say", "    from tests.api import test_csp, shop"])
def test_an_import_of_a_test_module_is_found(line: str) -> None:
    assert IMPORTS_OF_TESTS.findall(line) + NAMES_OF_TESTS.findall(line)


def _private_parts_patched(source: str) -> list[str]:
    """Return the private attributes of libraries that `source` sets, as `module._name`."""
    tree = ast.parse(source)
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            origins |= {name.asname or name.name.partition(".")[0]: name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            origins |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
    found: list[str] = []
    for node in ast.walk(tree):
        target: tuple[ast.expr, str] | None = None
        if isinstance(node, ast.Call) and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            target = (node.args[0], str(node.args[1].value)) if name == "setattr" else None
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            target = (node.value, node.attr)
        if target and target[1].startswith("_") and isinstance(target[0], ast.Name | ast.Attribute):
            origin = origins.get(ast.unparse(target[0]).partition(".")[0], "consent")
            found += [f"{origin}.{target[1]}"] if origin.partition(".")[0] not in ("consent", "tests") else []
    return found


def test_tests_patch_no_private_part_of_a_library() -> None:
    found = {
        str(path.relative_to(ROOT)): patched
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if (patched := _private_parts_patched(path.read_text("utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize("line", ['patch.setattr(Rule, "_compile_builder", once)', "Rule._build = once"])
def test_a_patch_of_a_private_part_is_found(line: str) -> None:
    assert _private_parts_patched(f"from werkzeug.routing import Rule\n{line}\n")
    assert not _private_parts_patched(f"from consent.core import Rule\n{line}\n")
