"""Signatures with document types are fully typed, and casts to such types occur only at boundaries."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from consent.core import documents, receipt

DOCUMENTS, RECEIPT = Path(documents.__file__).parent, Path(receipt.__file__)
PACKAGE = DOCUMENTS.parents[1]
MODULES = {f"consent.core.documents.{path.stem}": path for path in DOCUMENTS.glob("*.py")} | {
    "consent.core.receipt": RECEIPT
}
NAMES = {
    node.name
    for path in MODULES.values()
    for node in ast.parse(path.read_text("utf-8")).body
    if isinstance(node, ast.ClassDef)
}
CASTS = {
    "api/page/import_choice.py": "claims of the second schema, some of which are null",
    "api/page/receipt_builder.py": "claims that the second schema adds",
    "classifier/catalog.py": "the schema has passed the file",
    "dashboard/banner/experiment_form.py": "fields of a look are left out where they are as in the banner itself",
    "exports/verify_export.py": "an export is compared with what our key signed",
    "nodes/peer_checks.py": "what our key signed as a rotation",
    "signing/receipt_claims.py": "what our key signed as a receipt",
    "publishing/revert.py": "one section of a draft is replaced by what was live",
    "sites/config_file.py": "whoever takes the file checks it by the schema first",
    "sites/experiments/variants.py": "a document takes fields of the same document from its variant",
    "sites/draft_parts.py": "the schema checks the changed draft before it is saved",
    "sites/imported_facts.py": "an entry loses its signature, and nothing else",
    "sites/draft.py": "a tag loses optional fields alone",
}
"""Modules that turn JSON into a document unchecked by mypy, with the reason why that is safe."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def names_in(node: ast.AST) -> set[str]:
    """Return the names in an annotation, including a quoted one."""
    found = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Attribute):
            found.add(part.attr)
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            found |= names_in(ast.parse(part.value, mode="eval"))
    return found


def annotations_of(function: Function) -> Iterator[ast.expr]:
    """Yield the annotations of the parameters and the return value."""
    given = function.args
    both_kinds = (given.vararg, given.kwarg)
    for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, both_kinds)):
        if one.annotation is not None:
            yield one.annotation
    if function.returns is not None:
        yield function.returns


def loose_signatures(text: str) -> list[str]:
    """Return a module's functions whose signatures have both a document type and Any."""
    tree, found = ast.parse(text), []
    # Other libraries have classes with the same names, such as a YAML node.
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in MODULES
        for alias in node.names
        if alias.name in NAMES
    }
    for node in ast.walk(tree):
        if isinstance(node, Function):
            names = set().union(*map(names_in, annotations_of(node)))
            if "Any" in names and names & imported:
                found.append(node.name)
    return found


def casts_in(text: str) -> list[str]:
    """Return the document types that a module casts to."""
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    casts = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "cast" and call.args)
    return [name for call in casts for name in names_in(call.args[0]) & NAMES]


def texts_with(*parts: str) -> dict[str, str]:
    """Return the texts of the modules that contain one of `parts`."""
    texts = {path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}
    return {name: text for name, text in texts.items() if any(part in text for part in parts)}


def test_no_signature_with_a_document_has_any() -> None:
    loose = {name: found for name, text in texts_with(*MODULES).items() if (found := loose_signatures(text))}
    assert loose == {}


def test_casts_to_documents_only_happen_at_boundaries() -> None:
    assert {name for name, text in texts_with("cast(").items() if casts_in(text)} == set(CASTS)


@pytest.mark.parametrize(
    "line",
    [
        "def take(draft: Draft, other: Any) -> None: ...",
        "def give(*texts: Any) -> 'list[Draft]': ...",
        "async def both(draft: dict[str, typing.Any]) -> Draft | None: ...",
    ],
)
def test_a_loose_signature_is_found(line: str) -> None:
    assert len(loose_signatures(f"from consent.core.documents.config import Draft\n{line}")) == 1
    assert loose_signatures(f"from consent.core.documents.config import Draft\n{line.replace('Any', 'str')}") == []


def test_a_cast_is_found() -> None:
    assert casts_in("cast('list[Draft]', found)") == ["Draft"]
    assert casts_in("cast(str, found)") == []
