"""A draft as a YAML or JSON file for review: stable order, strict parsing, errors with line numbers."""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

import yaml

from consent.core.documents.config import Draft
from consent.core.documents.json_object import JsonObject
from consent.core.documents.vendor_file import VendorDocument
from consent.sites.custom.vendor_export import SECTION
from consent.sites.draft import CONTROLLER, OVERRIDES, new_draft

MAX_BYTES = 5 * 1024 * 1024
MAX_VALUES = 100_000
"""Maximum number of values in a file, which take some 2 s to read: checking a file must not keep the service busy."""
MAX_PATHS = 20_000_000
"""Maximum total length of all field paths, in characters."""
FIRST = ("id", "name", "kind", "vendor", "label")
"""Fields that name an entry come first; the rest is in alphabetical order."""
TYPES = ("map", "seq", "str", "int", "bool", "null")
SECTIONS = (
    "schema",
    "site",
    "hosts",
    "controller",
    "look",
    "texts",
    "overrides",
    "tags",
    "vendors",
    "cookies",
    "variants",
    SECTION,
)


class FileError(ValueError):
    """A file that can't be accepted; `errors` are (line or None, field, sentence)."""

    def __init__(self, errors: list[tuple[int | None, str, str]]) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for _, field, sentence in errors))
        self.errors = errors


class ConfigFile:
    """A draft read from a file, with the line of each field by its dotted path.

    `own_vendors` are the site's own vendors in the file, None if it has no such section.
    """

    def __init__(self, draft: Draft, lines: dict[str, int], own_vendors: list[VendorDocument] | None) -> None:
        self.draft, self._lines, self.own_vendors = draft, lines, own_vendors

    def line(self, path: str) -> int | None:
        """Return the line of the field, or of the nearest enclosing field that has one."""
        return line_of(self._lines, path)

    def errors(self, fields: dict[str, str]) -> FileError:
        """Return the errors of `fields`, each with its line, in file order."""
        return errors_at(self._lines, fields)


def errors_at(lines: dict[str, int], fields: dict[str, str]) -> FileError:
    """Return the errors of `fields`, each with its line from `lines`, in file order."""
    errors = [(line_of(lines, path), path, sentence) for path, sentence in fields.items()]
    return FileError(sorted(errors, key=lambda row: (row[0] or 0, row[1])))


def line_of(lines: dict[str, int], path: str) -> int | None:
    """Return the line of the field, or of the nearest enclosing field that has one."""
    parts = path.split(".")
    tries = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((lines[one] for one in tries if one in lines), None)


def write_json(draft: Draft) -> str:
    """Return the draft as JSON, always in the same order."""
    return json.dumps(_ordered(draft), indent=2, ensure_ascii=False) + "\n"


def write_yaml(draft: Draft) -> str:
    """Return the draft as YAML, always in the same order, with default values marked."""
    lines = [f"# The draft of {draft['site']}, by `consent config export`; read again by `consent config import`."]
    for name, value in _ordered(draft).items():
        if isinstance(value, dict) and value:
            lines.append(f"{name}:")
            lines += ["  " + line for key, held in value.items() for line in _field(name, key, held)]
        else:
            lines += _yaml_lines({name: value})
    return "\n".join(lines) + "\n"


def read_file(text: str, site: str) -> ConfigFile:
    """Return the draft in a YAML or JSON file, with defaults filled in. Raises FileError if the file isn't valid."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise FileError([(None, "file", "The file is larger than 5 MB.")])
    try:
        root, lines = _tree(text)
        # JSON is YAML except for some of its escapes, so values are read as JSON and lines as YAML.
        draft = json.loads(text) if text.lstrip().startswith("{") else root
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise FileError([(mark.line + 1 if mark else None, "file", _sentence(error))]) from None
    except json.JSONDecodeError as error:
        raise FileError([(error.lineno, "file", f"Not valid JSON: {error.msg}.")]) from None
    except yaml.YAMLError:
        raise FileError([(None, "file", "It contains a character that is not allowed in such a file.")]) from None
    except RecursionError:
        raise FileError([(None, "file", "It is nested too deeply.")]) from None
    if not isinstance(draft, dict):
        raise FileError([(1, "file", "This is not a config file: fields such as site, hosts and tags are missing.")])
    if surrogates := dict.fromkeys(
        _surrogate_paths(draft), "It contains an unpaired surrogate, which is not a character."
    ):
        raise errors_at(lines, surrogates)
    own_vendors = draft.pop(SECTION, None)
    # Callers check both by the schema before anything else (`check_draft`, `section_errors`).
    return ConfigFile(cast(Draft, _with_defaults(draft, site)), lines, cast("list[VendorDocument] | None", own_vendors))


def _surrogate_paths(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each text or name in which escapes left half a surrogate pair, which can't be signed or stored."""
    if isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value):
        yield path or "file"
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _surrogate_paths(part, f"{path}.{number}")
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from list(_surrogate_paths(name, path)) or _surrogate_paths(part, f"{path}.{name}".removeprefix("."))


class _Loader(yaml.SafeLoader):
    """Reads only the types of JSON: in YAML 1.1, `no` would be false and 2026-11-01 a date."""

    yaml_implicit_resolvers: dict[str, object] = {}  # noqa: RUF012 - as PyYAML declares it
    values = paths = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Return the next node. Raises MarkedYAMLError for aliases, which can blow up, and tags, which create objects."""
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not supported", problem_mark=mark)
        self.values += 1
        if self.values > MAX_VALUES:
            raise yaml.MarkedYAMLError(problem=f"it has more than {MAX_VALUES:,} values", problem_mark=mark)
        node: yaml.Node | None = super().compose_node(parent, index)
        if node is not None and node.tag.removeprefix("tag:yaml.org,2002:") not in TYPES:
            raise yaml.MarkedYAMLError(problem="custom tags are not supported", problem_mark=mark)
        return node


for _tag, _form, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("int", r"^(?:0|-?[1-9][0-9]{0,15})$", "-0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_form), list(_first))


def _tree(text: str) -> tuple[Any, dict[str, int]]:
    loader, lines = _Loader(text), dict[str, int]()
    try:
        node = loader.get_single_node()
        return (_value(loader, node, "", lines) if node is not None else None), lines
    finally:
        loader.dispose()


def _value(loader: Any, node: yaml.Node, path: str, lines: dict[str, int]) -> Any:
    """Return the value of `node`, and record the line of each field in it."""
    loader.paths += len(path)
    if loader.paths > MAX_PATHS:
        raise yaml.MarkedYAMLError(problem="its fields are nested too deeply", problem_mark=node.start_mark)
    if path:
        lines.setdefault(path, node.start_mark.line + 1)
    inner = f"{path}." if path else ""
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, child, f"{inner}{number}", lines) for number, child in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    fields: dict[str, object] = {}
    for key, child in node.value:
        name = key.value if isinstance(key, yaml.ScalarNode) else ""
        if not name or name in fields:
            problem = f"the field {name} is repeated" if name else "a field name is missing"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        lines[f"{inner}{name}"] = key.start_mark.line + 1
        fields[name] = _value(loader, child, f"{inner}{name}", lines)
    return fields


def _sentence(error: yaml.MarkedYAMLError) -> str:
    return f"Not readable: {error.problem or error.context}."[:200]


def _with_defaults(draft: JsonObject, site: str) -> JsonObject:
    """Return `draft` with defaults for the fields that may be left out."""
    defaults = new_draft(site, [])
    theme, overrides = draft.get("look", {}), draft.get("overrides", {})
    return {
        **{name: [] for name in ("tags", "vendors", "cookies")},
        **draft,
        "schema": draft.get("schema", defaults["schema"]),
        "look": {**defaults["look"], **theme} if isinstance(theme, dict) else theme,
        "variants": draft.get("variants", defaults["variants"]),
        "overrides": {**defaults["overrides"], **overrides} if isinstance(overrides, dict) else overrides,
    }


def _field(section: str, key: str, value: Any) -> list[str]:
    lines = _yaml_lines({key: value})
    defaults: JsonObject = (
        OVERRIDES if section == "overrides" else new_draft("", [])["look"] if section == "look" else {}
    )
    if key in defaults and defaults[key] == value and len(lines) == 1:
        lines[0] += "  # default"
    if section == "controller" and key in CONTROLLER and value == "":
        lines[0] += "  # required before publishing"
    return lines


def _yaml_lines(value: Any) -> list[str]:
    text: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10**6)
    return text.rstrip("\n").split("\n")


def _ordered(draft: JsonObject) -> JsonObject:
    names = [*SECTIONS, *sorted(set(draft) - set(SECTIONS))]
    return {name: _sorted(draft[name]) for name in names if name in draft}


def _sorted(value: Any) -> Any:
    if isinstance(value, list):
        return [_sorted(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    names = sorted(value, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    return {name: _sorted(value[name]) for name in names}
