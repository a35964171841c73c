"""A draft as a file: always the same text, strictly parsed, with a line for each error."""

import json
from typing import Any

import pytest

from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.sites.config_file import FileError, read_file, write_json, write_yaml
from consent.sites.draft import check_draft, new_draft


@pytest.fixture(scope="module")
def draft() -> dict[str, Any]:
    """Return the demo's draft with words that YAML 1.1 would misread."""
    made = demo_draft(Ports())
    made["texts"]["languages"] |= {"no": {}} if "no" in made["texts"]["languages"] else {}
    made["controller"] |= {"policy_revision": "2026-11-01", "retention": "no", "contact": "0x1F: a # b ' \" 1:30 é 🦉"}
    made["tags"][1]["trigger"] = {"on": "click", "selector": "#no: [on]"}
    return made


@pytest.mark.parametrize("write", [write_yaml, write_json])
def test_what_is_written_is_read_as_it_was(draft: dict[str, Any], write: Any) -> None:
    assert read_file(write(draft), "demo").draft == draft


@pytest.mark.parametrize("write", [write_yaml, write_json])
def test_the_order_of_fields_is_the_same_each_time(draft: dict[str, Any], write: Any) -> None:
    shuffled = json.loads(json.dumps(draft, sort_keys=True))
    assert write(shuffled) == write(draft)


def test_one_change_is_one_line_in_a_diff(draft: dict[str, Any]) -> None:
    before = write_yaml(draft).splitlines()
    after = write_yaml(draft | {"look": draft["look"] | {"accent": "#123456"}}).splitlines()
    assert len(before) == len(after)
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1


def test_a_value_that_is_the_default_says_so() -> None:
    made = new_draft("shop", ["https://www.example.com"])
    made["overrides"]["honour_dnt"] = True
    lines = write_yaml(made).splitlines()
    assert "  kill_switch: false  # default" in lines
    assert "  honour_dnt: true" in lines
    assert "  name: ''  # required before publishing" in lines


def test_what_has_a_default_may_be_left_out() -> None:
    text = "site: shop\nhosts: [https://www.example.com]\noverrides: {honour_dnt: true}\n"
    text += "texts: {default_language: en, languages: {en: {}}}\n"
    made = new_draft("shop", ["https://www.example.com"])
    text += "controller: " + json.dumps(made["controller"])
    read = read_file(text, "shop").draft
    made["overrides"]["honour_dnt"] = True
    check_draft(read)
    assert read == made


def test_words_stay_words_as_in_json() -> None:
    read = read_file(
        "controller:\n  contact: no\n  retention: 2026-11-01\n  address: 010\n  name: 1_000\n", "shop"
    ).draft
    assert set(read["controller"].values()) == {"no", "2026-11-01", "010", "1_000"}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("site: shop\nsite: other\n", 2, "repeated"),
        ('{"site": "shop",\n "site": "other"}', 2, "repeated"),
        ("site: &a shop\nhosts: [*a]\n", 2, "aliases are not supported"),
        ("site: shop\nhosts: !!python/object/apply:os.system [ls]\n", 2, "custom tags"),
        ("site: shop\n\thosts: x\n", 2, "cannot"),
        ("site: [\n", 2, ""),
        ("--- a\n--- b\n", 2, "another document"),
        ("? [a]\n: b\n", 1, "a field name is missing"),
        ("- a\n", 1, "not a config file"),
        ("", 1, "not a config file"),
        ("a: \x07\n", None, "not allowed in such a file"),
        ("a: " + "[" * 3000, None, "nested too deeply"),
        ("a: " + "x" * 5_300_000, None, "larger than 5 MB"),
        ('{"site": }', 1, ""),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(text: str, line: int | None, words: str) -> None:
    with pytest.raises(FileError) as caught:
        read_file(text, "shop")
    found_line, field, sentence = caught.value.errors[0]
    assert (found_line, field) == (line, "file")
    assert words in sentence


@pytest.mark.parametrize(
    ("text", "line", "field"),
    [
        ('{"site": "shop",\n "controller": {"name": "a",\n "address": "a\\ud800b"}}', 3, "controller.address"),
        ('site: shop\ncontroller:\n  name: "\\udfff"\n', 3, "controller.name"),
        ('{"hosts": ["https://shop.example", "\\ud83d"]}', 1, "hosts.1"),
        ('{"own_vendors": [{"\\ud83d\\ud83d": 1}]}', 1, "own_vendors.0"),
        ('{"\\ud83d": 1}', None, "file"),
    ],
)
def test_half_of_a_surrogate_pair_is_refused_where_it_stands(text: str, line: int | None, field: str) -> None:
    with pytest.raises(FileError, match="an unpaired surrogate") as caught:
        read_file(text, "shop")
    assert [(one, name) for one, name, _ in caught.value.errors] == [(line, field)]


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert read_file('{"controller": {"name": "\\ud83d\\ude00"}}', "shop").draft["controller"]["name"] == "\U0001f600"


@pytest.mark.slow
@pytest.mark.attack
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: [" + "1," * 100_001 + "]", "more than 100,000 values"),
        ('{"a": [' + "[]," * 100_001 + "1]}", "more than 100,000 values"),
        (
            "".join(f"{' ' * depth}{'x' * 900}:\n" for depth in range(120)) + f"{' ' * 120}[{'1,' * 200}]",
            "nested too deeply",
        ),
    ],
)
def test_a_small_file_cannot_take_long_to_parse(text: str, problem: str) -> None:
    with pytest.raises(FileError, match=problem):
        read_file(text, "shop")


def test_aliases_cannot_blow_a_file_up() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=False))
    with pytest.raises(FileError, match="alias"):
        read_file(bomb, "shop")


@pytest.mark.parametrize("write", [write_yaml, write_json])
def test_a_field_knows_its_line(draft: dict[str, Any], write: Any) -> None:
    text = write(draft)
    found = read_file(text, "demo")
    line = found.line("tags.0.group")
    assert line
    assert "group" in text.splitlines()[line - 1]
    assert found.line("controller.gone") == found.line("controller")
    faults = found.errors({"overrides.sends": "Second.", "hosts": "First."}).errors
    assert [sentence for _, _, sentence in faults] == ["First.", "Second."]
