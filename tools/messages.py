"""Find the sentences of the dashboard and of mails in the sources, and update the catalogs of its languages.

`make messages` runs this: new sentences get an empty translation, and removed ones are dropped. In templates they are
in `_`, `ngettext` and `trans`, in Python in calls of `gettext`, `ngettext`, `translatable`, `all_translatable` and
`Labels`. An f-string becomes a sentence with `%(name)s` for each value. The names and descriptions in adapters' JSON
files, the descriptions in the schema of drafts, and the place names in `data/regions` are included too.
"""

import ast
import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from consent.geo.places import SUBDIVISIONS
from consent.presentation.dashboard_texts import TRANSLATED, catalog_path

ROOT = Path(__file__).parent.parent / "consent"
TEMPLATES, ADAPTERS = ROOT / "dashboard" / "templates", ROOT / "data" / "adapters"
SCHEMA, REGIONS = ROOT / "data" / "config.schema.json", ROOT / "data" / "regions" / "regions.csv"
FORMS = {"pattern", "anyOf", "oneOf", "not", "format"}
"""Schema keywords whose violation shows the field's description to users (`consent.sites.draft_validation`)."""
OF_ONE, OF_TWO, OF_MANY = ("gettext", "translatable"), ("ngettext",), ("all_translatable", "Labels")
WIDTH = 120
Message = str | tuple[str, str]


def messages() -> list[Message]:
    """Return every sentence in the sources once, in the order of files and lines; a pair is singular and plural."""
    found: dict[Message, None] = {}
    for path in sorted(path for path in TEMPLATES.rglob("*") if path.suffix in (".html", ".txt")):
        found.update(dict.fromkeys(_in_template(path)))
    for path in sorted(ROOT.rglob("*.py")):
        found.update(dict.fromkeys(_in_python(path)))
    for path in sorted(ADAPTERS.glob("*.json")):
        found.update(dict.fromkeys(_in_adapter(json.loads(path.read_text("utf-8")))))
    found.update(dict.fromkeys(_in_schema(json.loads(SCHEMA.read_text("utf-8")))))
    found.update(dict.fromkeys(SUBDIVISIONS.values()))
    found.update(dict.fromkeys(_in_regions()))
    return list(found)


def _in_adapter(document: dict[str, Any]) -> Iterator[str]:
    yield from (document["name"], document["description"])
    places = [document.get("address", {}), *document.get("settings", {}).values()]
    yield from (place["label"] for place in places if "label" in place)


def _in_regions() -> Iterator[str]:
    with REGIONS.open(newline="", encoding="utf-8") as file:
        yield from (row["name"] for row in csv.DictReader(file))


def _in_schema(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if FORMS & node.keys() and isinstance(node.get("description"), str):
            yield node["description"]
        for value in node.values():
            yield from _in_schema(value)
    elif isinstance(node, list):
        for value in node:
            yield from _in_schema(value)


def _in_template(path: Path) -> Iterator[Message]:
    with path.open("rb") as file:
        names = ("_", "gettext", "ngettext")
        for _, _, message, _ in babel_extract(
            file, names, (), {"trimmed": "true", "encoding": "utf-8", "silent": "false"}
        ):
            words = [part for part in message if isinstance(part, str)] if isinstance(message, tuple) else [message]
            yield (words[0], words[1]) if len(words) > 1 else words[0]


def _in_python(path: Path) -> Iterator[Message]:
    source = path.read_text("utf-8")
    if any(name in source for name in (*OF_ONE, *OF_TWO, *OF_MANY)):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                yield from _in_call(node)


def _in_call(call: ast.Call) -> Iterator[Message]:
    name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
    if name in OF_TWO and len(call.args) > 2:
        one, many = _text(call.args[0]), _text(call.args[1])
        if one and many:
            yield one, many
    elif name in OF_ONE and call.args:
        yield from _texts(call.args[0])
    elif name in OF_MANY and call.args and isinstance(call.args[0], ast.Dict):
        for value in call.args[0].values:
            yield from _texts(value)


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
    elif text := _text(node):
        yield text


def _text(node: ast.expr) -> str:
    """Return the sentence in a constant or f-string, or an empty string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    names: dict[str, str] = {}
    parts = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            parts.append(f"%({_name(part.value, names)})s")
        elif isinstance(part, ast.Constant):
            parts.append(str(part.value).replace("%", "%%"))
    return "".join(parts)


def _name(node: ast.expr, names: dict[str, str]) -> str:
    """Return a name for a value of an f-string, unique among its values."""
    words = [part for part in re.findall(r"[A-Za-z]+", ast.unparse(node)) if len(part) > 1]
    stem = words[-1].lower() if words else "value"
    whole, name, count = ast.unparse(node), stem, 2
    while names.get(name, whole) != whole:
        name, count = f"{stem}{count}", count + 1
    names[name] = whole
    return name


def template() -> Catalog:
    """Return a catalog of all sentences without translations."""
    catalog = Catalog(domain="dashboard", charset="utf-8", fuzzy=False)
    for message in messages():
        catalog.add(message, flags=["python-format"] if "%(" in str(message) else ())
    return catalog


def update(language: str) -> int:
    """Update the catalog of a language, and return how many sentences lack a translation."""
    path = catalog_path(language)
    with path.open("rb") as file:
        catalog = read_po(file, locale=language, domain="dashboard")
    made = catalog.creation_date
    catalog.update(template(), no_fuzzy_matching=True)
    # A changing date would cause a conflict in every merge.
    catalog.creation_date = made
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = "-"
    with path.open("wb") as file:
        write_po(
            file, catalog, width=WIDTH, no_location=True, omit_header=False, ignore_obsolete=True, sort_output=True
        )
    return sum(not all(one.string if isinstance(one.string, tuple) else (one.string,)) for one in catalog if one.id)


def main() -> int:
    """Update all catalogs, and print what is missing."""
    for language in TRANSLATED:
        missing = update(language)
        print(f"{language}: {missing} sentences without a translation" if missing else f"{language}: complete")
    return 0


if __name__ == "__main__":
    sys.exit(main())
