import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core.gpp.codec import EMPTY, MAX_LENGTH, GppError, SectionValues, decode, encode
from consent.core.gpp.sections import Section, known_layouts, written_sections

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "gpp_strings.json").read_text("utf-8")
)
"""Strings written by the IAB Tech Lab's library (npm @iabgpp/cmpapi 3.2.0), with the input fields."""


def contents(vector: dict[str, Any]) -> list[SectionValues]:
    return [SectionValues(one["prefix"], one["values"], one["gpc"]) for one in vector["sections"]]


def sections(section: Section) -> st.SearchStrategy[SectionValues]:
    values = {
        field.name: st.just(section.version)
        if field.name == "Version"
        else st.integers(0, 3)
        if field.count == 1
        else st.lists(st.integers(0, 3), min_size=field.count, max_size=field.count)
        for field in section.fields
    }
    gpc = st.sampled_from([None, False, True]) if section.has_gpc else st.none()
    return st.builds(SectionValues, st.just(section.prefix), st.fixed_dictionaries(values), gpc)


def test_reads_strings_of_the_iab_library() -> None:
    assert len(VECTORS) > 300
    for vector in VECTORS:
        known = [one.content for one in decode(vector["library"]) if one.content]
        assert known == contents(vector), vector["id"]


def test_the_shortest_form_is_written() -> None:
    written = [vector for vector in VECTORS if vector["shortest"]]
    assert len(written) > 200
    for vector in written:
        assert encode(reversed(contents(vector))) == vector["shortest"], vector["id"]


def test_every_final_section_has_vectors() -> None:
    assert {one["prefix"] for vector in VECTORS for one in vector["sections"]} == set(written_sections())


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(list(written_sections().values())), unique=True).flatmap(
        lambda some: st.tuples(*map(sections, some))
    )
)
def test_an_encoded_string_decodes_to_the_same_values(some: tuple[SectionValues, ...]) -> None:
    ids = {prefix: section.id for prefix, section in written_sections().items()}
    text = encode(some)
    assert [one.content for one in decode(text)] == sorted(some, key=lambda one: ids[one.prefix])
    padded = ".".join(f"{segment}A" for segment in text.split("."))
    assert [one.content for one in decode(padded)] == [one.content for one in decode(text)]


@given(st.text("ADBLMNRS~.-_Yg0", max_size=40) | st.text(max_size=40))
def test_any_text_is_decoded_or_rejected_with_one_error(text: str) -> None:
    with contextlib.suppress(GppError):
        decode(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "~", "DBAA~", "DBABL", "DBABL~", "DBABL~CVQqAAAAAACA.Q~BAA", "DBABL~CVQ=AAAA", "DBABL~CVQqAAAAAACA."),
        *("DBAB", "CBABL~CVQqAAAAAACA.Q", "1YNN", "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"),
        "DCABL~CVQqAAAAAACA.Q",
        "DB__" + "_" * 60,
        "DBABgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAM~B",
        "D" * (MAX_LENGTH + 1),
    ],
    ids=lambda text: text[:20],
)
def test_a_damaged_string_is_refused(text: str) -> None:
    with pytest.raises(GppError):
        decode(text)


def test_keeps_unknown_sections_unchanged() -> None:
    assert [(one.id, one.content) for one in decode("DBACNY~CPXxRfAPXxRfAAfKABENB~1YNN")] == [(2, None), (6, None)]
    (later,) = decode("DBABL~DVQqAAAAAACA.Q")
    assert later.content is None
    assert later.text == "DVQqAAAAAACA.Q"


def test_no_string_is_written_of_values_that_it_cannot_hold() -> None:
    assert encode([]) == EMPTY
    for faulty in (
        SectionValues("usmd", {}),
        SectionValues("usca", {"SaleOptOut": 4}),
        SectionValues("usca", {"SaleOptOut": -1}),
        SectionValues("usca", {"KnownChildSensitiveDataConsents": [1]}),
        SectionValues("usca", {"TargetedAdvertisingOptOut": 1}),
    ):
        with pytest.raises(GppError):
            encode([faulty])
    with pytest.raises(GppError):
        encode([SectionValues("usca", {}), SectionValues("usca", {})])


def test_each_version_is_known_once() -> None:
    assert len(known_layouts()) == len(written_sections()) + 1
    for section in known_layouts().values():
        counts = {field.name: field.count for field in section.fields}
        if section in written_sections().values():
            assert counts["SensitiveDataProcessing"] == len(section.sensitive), section.prefix
            assert counts["KnownChildSensitiveDataConsents"] == len(section.children), section.prefix
