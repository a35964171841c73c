"""The document types compared with what they must match: the JSON schemas, the script's types, and stored documents."""

import ast
import base64
import json
import re
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from consent.core import documents, receipt
from consent.core.decide import Decision

ROOT = Path(__file__).parents[2]
DATA = ROOT / "consent" / "data"
FROZEN = ROOT / "tests" / "frozen" / "fixtures"
MODULES = [import_module(f"{documents.__name__}.{one.name}") for one in iter_modules(documents.__path__)]
CLASSES = {name: one for module in (*MODULES, receipt) for name, one in vars(module).items() if is_typeddict(one)}
KINDS = {str: "string", int: "integer", bool: "boolean", NoneType: "null", object: "any"}


def hints(name: str) -> dict[str, Any]:
    return get_type_hints(CLASSES[name])


def alternatives(kind: Any) -> tuple[Any, ...]:
    """Return the types that a value of type `kind` can have: the members of a union."""
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


# -- the JSON schemas -------------------------------------------------------------------------------------------------


@cache
def schema(name: str) -> dict[str, Any]:
    return json.loads((DATA / f"{name}.schema.json").read_text("utf-8"))


class Comparison:
    """Compares a schema with a type, part by part; `differences` has a sentence for each mismatch."""

    def __init__(self, root: dict[str, Any]) -> None:
        self.root, self.differences, self.met = root, list[str](), set[str]()

    def of(self, part: Any, kind: Any, path: str) -> None:
        if kind is object:  # any JSON
            return
        part = self._resolved(part)
        known = alternatives(kind)
        if get_origin(known[0]) is Literal:
            known = (str,)
        wanted = self._kinds(part)
        is_object = [one for one in known if is_typeddict(one) or get_origin(one) is dict]
        is_list = [one for one in known if get_origin(one) is list]
        found = {KINDS[one] for one in known if one in KINDS}
        found |= ({"object"} if is_object else set()) | ({"array"} if is_list else set())
        if wanted != found:
            self.differences.append(f"{path}: the schema has {sorted(wanted)}, the type {sorted(found)}")
        if is_object and "object" in wanted:
            self._object(part, is_object[0], path)
        if is_list and "array" in wanted:
            self.of(part.get("items", {}), get_args(is_list[0])[0], f"{path}[]")

    def _object(self, part: dict[str, Any], kind: Any, path: str) -> None:
        if not is_typeddict(kind):
            more = part.get("additionalProperties")
            if "properties" in part or not isinstance(more, dict):
                self.differences.append(f"{path}: the schema names fields, the type does not")
            else:
                self.of(more, get_args(kind)[1], f"{path}.*")
            return
        self.met.add(kind.__name__)
        known, named = get_type_hints(kind), part.get("properties", {})
        further = known.keys() - named.keys()
        if missing := named.keys() - known.keys():
            self.differences.append(f"{path}: the type has no {sorted(missing)}")
        if further and part.get("additionalProperties") is False:
            self.differences.append(f"{path}: the schema has no {sorted(further)}")
        if (required := set(part.get("required", []))) != kind.__required_keys__:
            odd = sorted(required ^ kind.__required_keys__)
            self.differences.append(f"{path}: {odd} are required in one of the two alone")
        for name in named.keys() & known.keys():
            self.of(named[name], known[name], f"{path}.{name}")

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in part:
            name = part["$ref"].rpartition("/")[2]
            part = {**self.root["$defs"][name], **{key: value for key, value in part.items() if key != "$ref"}}
        return part

    def _kinds(self, part: dict[str, Any]) -> set[str]:
        """Return the JSON types that the schema allows."""
        if "anyOf" in part:
            return {kind for one in part["anyOf"] for kind in self._kinds(self._resolved(one))}
        if "type" in part:
            return {part["type"]} if isinstance(part["type"], str) else set(part["type"])
        values = part["enum"] if "enum" in part else [part["const"]] if "const" in part else None
        if values is not None:
            return {KINDS[type(value)] for value in values}
        return {"string"} if "pattern" in part else {"any"}


IN_SCHEMAS = {
    "config": "Draft Tag Limits Schedule Load Node SiteVendor VendorConsent Cookie Controller DraftTexts OwnLinks"
    " OwnLink Theme ThemeChange DarkColors ButtonWeights Logo ReopenButton Variant Overrides GppSettings SiteRule OneRule"
    " Reader Reason Call Handover AccountGroup Headless OldChoices TcfSettings TcfRestriction GoogleProvider FunctionCall"
    " PageGlobal Construct Trigger",
    "vendor": "VendorDocument VendorTag VendorLoad VendorCall VendorParameter VendorCookie VendorGlobal VendorSnippet"
    " VendorSource VendorConsent FunctionCall PageGlobal Construct",
}
"""The documents that each schema describes."""


@pytest.mark.parametrize(("name", "whole"), [("config", "Draft"), ("vendor", "VendorDocument")])
def test_a_document_has_the_fields_of_its_schema(name: str, whole: str) -> None:
    beside = Comparison(schema(name))
    beside.of(schema(name), CLASSES[whole], whole)
    assert beside.differences == []
    assert beside.met == set(IN_SCHEMAS[name].split())


def test_a_difference_of_the_schema_is_found() -> None:
    other = json.loads(json.dumps(schema("config")))
    other["properties"]["overrides"]["properties"]["new_switch"] = {"type": "boolean"}
    other["$defs"]["tag"]["required"].remove("limited")
    other["$defs"]["cookie"]["properties"]["lifetime_s"] = {"type": "integer"}
    beside = Comparison(other)
    beside.of(other, CLASSES["Draft"], "Draft")
    assert sorted(beside.differences) == [
        "Draft.cookies[].lifetime_s: the schema has ['integer'], the type ['integer', 'null']",
        "Draft.overrides: the type has no ['new_switch']",
        "Draft.tags[]: ['limited'] are required in one of the two alone",
    ]


def test_a_change_of_a_tag_has_all_of_its_fields_but_the_id() -> None:
    assert hints("TagChange") == {name: kind for name, kind in hints("Tag").items() if name != "id"}
    assert not CLASSES["TagChange"].__required_keys__


# -- the types of the script ------------------------------------------------------------------------------------------

TYPEDEF = re.compile(r"@typedef \{object\} (\w+).*\n((?: \* @property .*\n)*)")
PROPERTY = re.compile(r"@property \{(.*?)\} (?:\[(\w+)\]|(\w+))(?:\s|$)", re.MULTILINE)
IN_SCRIPT = {
    "Signals": "SignalFacts",
    "ResolvedTag": "ResolvedTag",
    "Resolved": "PageResolved",
    "TagAnswer": "TagAnswer",
    "Trigger": "Trigger",
    "Decision": None,  # a dataclass, compared below
    "Call": "Call",
    "TagNode": "Node",
    "TagLoad": "Load",
    "PageGlobal": "PageGlobal",
    "Construct": "Construct",
    "VendorActs": "VendorActs",
    "VendorConsent": "VendorConsent",
    "NamedCookie": "NamedCookie",
    "Acts": "Acts",
    "Visit": "VisitFacts",
    "Ahead": "Ahead",
    "AheadAnswer": "AheadAnswer",
    "AccountFacts": "AccountFacts",
    "GppSection": "GppSection",
    "TcfFacts": "TcfFirst",
    "OldFacts": "OldFacts",
    "RunningTool": "RunningTool",
    "DrawnVariant": "DrawnVariant",
    "Payload": "Payload",
}
SERVICE_ALONE = {"Load": {"hosts"}, "TcfFirst": {"names", "count", "others"}}
"""Fields that the script doesn't read."""
ALWAYS_IN_SCRIPT = {"Load": {"src", "attributes", "calls"}, "Payload": {"ahead", "acts", "later"}}
"""Fields that only the service treats as optional.

Loads with nodes have their own type in the script, which reads these fields of a payload only in builds that need them.
"""


def script_types() -> dict[str, dict[str, tuple[str, bool]]]:
    """Return the typedefs in banner/types.js: each field's type and whether it is always present, by typedef name."""
    text = (ROOT / "banner" / "types.js").read_text("utf-8")
    return {
        name: {
            (optional or always): (kind, bool(always))
            for kind, optional, always in (
                (match[1], match[2], match[3]) for match in PROPERTY.finditer(properties.replace("}} ", "} } "))
            )
        }
        for name, properties in TYPEDEF.findall(text)
    }


def kinds_of_script(kind: str) -> set[str]:
    """Return the outermost types that a JSDoc type allows: the members of a union, without nested parts."""
    flat, shorter = "", kind.replace("[]", "@")
    while shorter != flat:
        flat, shorter = shorter, re.sub(r"\[[^\[\]]*\]", "@", re.sub(r"<[^<>]*>|\{[^{}]*\}", "#", shorter))
    return {_kind_of_script(part.strip()) for part in flat.split("|")}


def _kind_of_script(part: str) -> str:
    if part.startswith('"') or part in ("string", "Decision@"):  # `Decision["show"]` is a string
        return "string"
    if part.endswith("@"):
        return "array"
    return {"number": "integer", "boolean": "boolean", "null": "null", "unknown": "any"}.get(part, "object")


def kinds_of_type(kind: Any) -> set[str]:
    found = set()
    for one in alternatives(kind):
        if get_origin(one) is Literal:
            found.add("string")
        elif is_typeddict(one) or get_origin(one) is dict:
            found.add("object")
        elif get_origin(one) in (list, tuple):
            found.add("array")
        else:
            found.add(KINDS[one])
    return found


def test_each_type_of_the_script_is_compared() -> None:
    assert script_types().keys() == IN_SCRIPT.keys()


@pytest.mark.parametrize(("script", "name"), [(script, name) for script, name in IN_SCRIPT.items() if name])
def test_a_document_has_the_fields_that_the_script_reads(script: str, name: str) -> None:
    theirs, ours = script_types()[script], hints(name)
    assert ours.keys() - SERVICE_ALONE.get(name, set()) == theirs.keys()
    required = CLASSES[name].__required_keys__ | ALWAYS_IN_SCRIPT.get(name, set())
    assert {field for field, (_, is_always) in theirs.items() if is_always} == required - SERVICE_ALONE.get(name, set())


@pytest.mark.parametrize(("script", "name"), [(script, name) for script, name in IN_SCRIPT.items() if name])
def test_a_field_is_of_the_kind_that_the_script_reads(script: str, name: str) -> None:
    ours = hints(name)
    given = {field: kinds_of_script(kind) for field, (kind, _) in script_types()[script].items()}
    if name == "AheadAnswer":  # the status may be null, as in a decision
        given["status"].add("null")
    if name == "Load":  # a marked tag has no source, and the script doesn't check it
        given["src"].add("null")
    assert {field: kinds_of_type(ours[field]) for field in given} == given


def test_a_decision_has_the_fields_that_the_script_makes() -> None:
    assert script_types()["Decision"].keys() == {one.name for one in fields(Decision)}


# -- documents that are kept ------------------------------------------------------------------------------------------


def fits(document: Any, kind: Any, path: str = "") -> list[str]:
    """Return the paths at which `document` doesn't match the type `kind`."""
    for one in alternatives(kind):
        if not (wrong := _misfits(document, one, path)):
            return []
    return wrong


def _misfits(document: Any, kind: Any, path: str) -> list[str]:
    if is_typeddict(kind):
        if not isinstance(document, dict):
            return [path]
        known = get_type_hints(kind)
        odd = (document.keys() - known.keys()) | (kind.__required_keys__ - document.keys())
        parts = [
            wrong for name in document.keys() & known for wrong in fits(document[name], known[name], f"{path}.{name}")
        ]
        return [f"{path}.{name}" for name in odd] + parts
    origin = get_origin(kind)
    if origin is dict:
        values = document.values() if isinstance(document, dict) else [document]
        return [wrong for value in values for wrong in fits(value, get_args(kind)[1], f"{path}.*")]
    if origin is list:
        values = document if isinstance(document, list) else [None]
        return [wrong for value in values for wrong in fits(value, get_args(kind)[0], f"{path}[]")]
    return [] if kind is object or isinstance(document, kind) else [path]


def claims_of(name: str) -> Any:
    payload = (FROZEN / name).read_text("utf-8").split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("config.json", "Config"),
        ("personal-part.json", "PersonalPart"),
        ("receipt.jws", "ReceiptClaims"),
        ("leaf-config.jws", "ConfigClaims"),
        ("leaf-audit.jws", "AuditClaims"),
    ],
)
def test_what_is_kept_is_of_its_type(file: str, name: str) -> None:
    document = claims_of(file) if file.endswith(".jws") else json.loads((FROZEN / file).read_text("utf-8"))
    assert fits(document, CLASSES[name]) == []


@pytest.mark.parametrize("path", sorted((DATA / "vendors").glob("*.json"))[::20], ids=lambda path: path.stem)
def test_a_vendor_of_the_catalog_is_of_its_type(path: Path) -> None:
    assert fits(json.loads(path.read_text("utf-8")), CLASSES["VendorDocument"]) == []


def test_what_misses_a_field_or_has_another_kind_is_found() -> None:
    logo = {"sha256": "0" * 64, "type": "image/png", "width": "20"}
    assert sorted(fits(logo, CLASSES["Logo"])) == [".height", ".width"]


# -- the module itself ------------------------------------------------------------------------------------------------


def test_each_document_has_fields_and_one_sentence() -> None:
    classes = [
        node
        for module in (*MODULES, receipt)
        for node in ast.parse(Path(module.__file__).read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and (module is not receipt or node.name in CLASSES)
    ]
    for one in classes:
        sentence = ast.get_docstring(one) or ""
        assert re.fullmatch(r"[A-Z][^\n]*\.", sentence), one.name
        assert CLASSES[one.name].__annotations__, one.name


def test_no_document_is_another_name_of_a_dict() -> None:
    for module in MODULES:
        text = Path(module.__file__).read_text("utf-8")
        assert not re.search(r"^\w+ = (dict|Dict|Mapping\[str, Any\])", text, re.MULTILINE), module.__name__
