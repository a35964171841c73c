"""Limits that keep the code easy to find your way in: sizes of folders, functions and contexts, and terms."""

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePath

import pytest

from consent.core.receipt import WRITTEN_COLUMNS as COLUMNS

ROOT = Path(__file__).parents[1]
TRACKED = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
MODULES = [name for name in TRACKED if re.fullmatch(r"consent/(?!.*migrations/).*\.py", name)]
TEXTS = {name: (ROOT / name).read_text("utf-8") for name in MODULES if (ROOT / name).is_file()}

MAX_MODULES, MAX_TOP_MODULES, MAX_FUNCTION_LINES, MAX_CONTEXT_FIELDS, MAX_DOC_LINE = 25, 3, 60, 15, 125
MAX_MODULES_WITH_ALL_COLUMNS, MAX_MODULES_WITH_A_FILTER = 4, 8
"""How many modules may name all columns of a receipt: its record, its table, the endpoint that reads it and the demo.

For a column that searches filter by, the modules of the filter are added.
"""
CONTEXTS = ("ApiContext", "Services")
VAGUE = re.compile(
    r"acting|answers|asked|beside|board|by_itself|carrying|common_things|decided|door|flusher|"
    r"following|forgetting|fresh|granted|guessing|helpers|holding|landing|many|misc|notices|numbers|"
    r"outlet|own_paths|patience|prepared|reaches|remains|rests|resuming|said|seams|seen|seen_by|"
    r"shelf|shown|squeezer|stopping|stuff|telling|things|together|told|trial|turn|turns|undo|"
    r"unmade|utils|words|work"
)
"""Module names that don't say what is in the module."""
BARRED = {
    r"\bdesk\b": "dashboard",
    r"[Ss]queez": "compress",
    r"\bbrothers\b": "siblings",
    r"\blog-in": "sign-in",
    r"\bstaff\b": "users",
    r"\bsecond person\b": "second user",
}
"""Words of the code, with the field's term for each."""
BARRED_NAMES = {
    "told tell tells telling said": "log, record, report, notify, message or text",
    "mine ours": "own, or the noun",
    "person persons people staff": "user",
    "fault faults obstacle obstacles": "error or problem",
    "trial trials": "check or test",
    "away": "unavailable or detached",
    "look looks looked": "check, approval or theme",
    "ways": "channels",
    "patience rests": "timeout or backoff",
    "desk seam seams squeezer brothers": "dashboard, the noun, compress, siblings",
}
"""Words in names of modules, classes, functions, constants, fields, arguments and variables, with the field's term."""
ALLOWED_NAMES = {
    "consent/core/choice.py:told": "The field of the consent cookie that section 6 of its contract names so.",
    "consent/api/http/request_schemas.py:said_at": "The claim of receipts of imports, which are signed.",
    "consent/core/documents/config.py:look": "The key of drafts and configs, which are signed by their hash.",
    "consent/core/documents/script_payload.py:look": "The key of drafts and configs, which are signed by their hash.",
    "consent/core/documents/theme.py:look": "The key of drafts and configs, which are signed by their hash.",
    "consent/scanner/model/scan_result.py:told": "The key of stored differences between scans.",
    "consent/scanner/model/scan_result.py:said": "The key of the scan report for programs.",
    "consent/scanner/model/scan_result.py:tells": "A key of the scan report for programs.",
    "consent/presentation/logo.py:leads_away": "Of a link within a picture, not of a service.",
}
"""Names with a barred word, with the reason."""
ALLOWED: dict[str, str] = {
    "consent/outbound/oidc_provider.py": "The name of a group at the provider, in an example of a setting.",
    "consent/presentation/english.py": "Visitors read *log-in* in a text all languages translate; it changes with them.",
}
"""Files in which a barred word may stand, with the reason."""


@cache
def trees() -> dict[str, ast.Module]:
    """Return the parsed modules; they are parsed only in the process that runs these tests."""
    return {name: ast.parse(text) for name, text in TEXTS.items()}


@cache
def nodes() -> list[tuple[str, ast.AST]]:
    """Return all syntax nodes, each with the name of its module."""
    return [(name, node) for name, tree in trees().items() for node in ast.walk(tree)]


def functions() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for name, node in nodes():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield name, node


def test_no_folder_is_a_warehouse() -> None:
    folders = Counter(str(PurePath(name).parent) for name in MODULES)
    assert {folder: count for folder, count in folders.items() if count > MAX_MODULES} == {}
    assert folders["consent"] <= MAX_TOP_MODULES


def test_modules_are_named_after_what_is_in_them() -> None:
    assert [name for name in MODULES if VAGUE.fullmatch(PurePath(name).stem)] == []


def test_functions_fit_on_a_page() -> None:
    long = {f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1 for name, node in functions()}
    assert {name: lines for name, lines in long.items() if lines > MAX_FUNCTION_LINES} == {}


def test_contexts_are_small() -> None:
    fields = {
        node.name: sum(isinstance(line, ast.AnnAssign) for line in node.body)
        for _, node in nodes()
        if isinstance(node, ast.ClassDef) and node.name in CONTEXTS
    }
    assert set(fields) == set(CONTEXTS)
    assert {name: count for name, count in fields.items() if count > MAX_CONTEXT_FIELDS} == {}


def test_columns_of_a_receipt_are_named_once() -> None:
    """Other modules use the record's fields: each full list of columns is one more to keep in sync."""
    counts = {name: sum(bool(re.search(rf"\b{column}\b", text)) for column in COLUMNS) for name, text in TEXTS.items()}
    lists = [name for name, count in counts.items() if count > len(COLUMNS) - 5]
    assert len(lists) <= MAX_MODULES_WITH_ALL_COLUMNS, lists
    named = [name for name, text in TEXTS.items() if re.search(r"\borigin_checked\b", text)]
    assert len(named) <= MAX_MODULES_WITH_A_FILTER, named


def test_docstrings_say_what_a_function_does() -> None:
    vague = re.compile(r"(Tell whether|Have|Let) ")
    assert [f"{name}:{node.name}" for name, node in functions() if vague.match(ast.get_docstring(node) or "")] == []
    dialect = re.compile(r"(Tell|Say|Look|Ask|Give|Hold|Note|Make|Go) ")
    assert [f"{name}:{node.name}" for name, node in functions() if dialect.match(ast.get_docstring(node) or "")] == []


def test_limits_are_called_max_and_min() -> None:
    vague = re.compile(
        r"^_?(?:[A-Z]+_)*(?:MOST|LONGEST|LARGEST|KEPT|SHORTEST|SMALLEST)(?:_[A-Z]+)* *(?::[^=]+)?= ", re.MULTILINE
    )
    assert [name for name, text in TEXTS.items() if vague.search(text)] == []


def test_exceptions_end_in_error() -> None:
    bases = {"Exception", "ValueError", "LookupError", "RuntimeError", "KeyError", "OSError"}
    named = [
        f"{name}:{node.name}"
        for name, node in nodes()
        if isinstance(node, ast.ClassDef) and bases & {ast.unparse(base) for base in node.bases}
    ]
    assert [name for name in named if not name.endswith("Error")] == []


@pytest.mark.parametrize("word", BARRED)
def test_the_code_uses_the_terms_of_the_field(word: str) -> None:
    found = [name for name, text in TEXTS.items() if name not in ALLOWED and re.search(word, text)]
    assert found == [], f"say {BARRED[word]}"


def names(name: str) -> Iterator[str]:
    yield PurePath(name).stem
    for node in ast.walk(trees()[name]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg


@cache
def words_of_names() -> dict[str, set[str]]:
    """Return the words in each name, by module and name."""
    return {
        f"{name}:{one}": {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", one)}
        for name in TEXTS
        for one in names(name)
    }


def with_barred_words(barred: set[str]) -> set[str]:
    return {one for one, words in words_of_names().items() if barred & words}


@pytest.mark.parametrize("words", BARRED_NAMES)
def test_names_use_the_terms_of_the_field(words: str) -> None:
    assert with_barred_words(set(words.split())) - set(ALLOWED_NAMES) == set(), f"say {BARRED_NAMES[words]}"


def test_each_allowed_name_is_there() -> None:
    assert set(ALLOWED_NAMES) - with_barred_words(set(" ".join(BARRED_NAMES).split())) == set()


def test_log_lines_use_the_terms_of_the_field() -> None:
    barred = re.compile(rf"\b({'|'.join(' '.join(BARRED_NAMES).split())})\b", re.IGNORECASE)
    methods = ("debug", "info", "warning", "error", "exception", "critical")
    assert [
        f"{name}:{node.lineno}"
        for name, node in nodes()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in methods
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and barred.search(str(node.args[0].value))
    ] == []


def test_each_allowed_word_is_there() -> None:
    assert [name for name in ALLOWED if not any(re.search(word, TEXTS[name]) for word in BARRED)] == []


def test_lines_of_the_documentation_can_be_read_in_a_diff() -> None:
    pages = [name for name in TRACKED if name.endswith(".md") and (ROOT / name).is_file()]
    long = [
        f"{name}:{number}"
        for name in pages
        for number, line in enumerate((ROOT / name).read_text("utf-8").splitlines(), 1)
        if len(line) > MAX_DOC_LINE and not line.startswith(("|", "http"))
    ]
    assert long == []


def test_the_commits_that_blame_skips_are_in_the_history() -> None:
    skipped = re.findall(r"^[0-9a-f]+$", (ROOT / ".git-blame-ignore-revs").read_text("utf-8"), re.MULTILINE)
    assert skipped
    if (ROOT / ".git" / "shallow").exists():
        pytest.skip("a shallow clone has no history")
    for commit in skipped:
        subprocess.run(["git", "merge-base", "--is-ancestor", commit, "HEAD"], cwd=ROOT, check=True)
