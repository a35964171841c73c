import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.core.tcf.id_sets import MAX_ID, IdSetError, format_ids, parse_ids, read_ids
from consent.core.tcf.tc_string import (
    ALPHABET,
    MAX_LENGTH,
    Ids,
    Publisher,
    Restriction,
    TcString,
    TcStringError,
    decode,
    encode,
    ranges_of,
)

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "tcf_strings.json").read_text("utf-8")
)
"""Strings written by the IAB Tech Lab's library (npm @iabtechlabtcf/core 1.5.21), with the input values."""


def ids(text: str) -> Ids:
    runs = [part.partition("-") for part in text.split(",") if part]
    return frozenset(one for first, _, last in runs for one in range(int(first), int(last or first) + 1))


def content(vector: dict[str, Any]) -> TcString:
    said = vector["model"]
    own = said["publisher"]
    return TcString(
        created=said["created"] // 100,
        updated=said["created"] // 100,
        cmp_id=said["cmpId"],
        cmp_version=said["cmpVersion"],
        screen=said["consentScreen"],
        language=said["language"],
        list_version=said["vendorListVersion"],
        policy_version=said["policyVersion"],
        country=said["publisherCC"],
        has_own_texts=said["useNonStandardTexts"],
        purpose_one_treatment=said["purposeOneTreatment"],
        features=ids(said["specialFeatures"]),
        purposes=ids(said["purposes"]),
        interests=ids(said["interests"]),
        vendors=ids(said["vendorConsents"]),
        vendor_interests=ids(said["vendorInterests"]),
        restrictions=tuple(
            Restriction(one["purpose"], one["type"], ranges_of(ids(one["vendors"]))) for one in said["restrictions"]
        ),
        disclosed=ids(said["disclosed"]),
        publisher=own
        and Publisher(
            ids(own["purposes"]),
            ids(own["interests"]),
            own["custom"],
            ids(own["customConsents"]),
            ids(own["customInterests"]),
        ),
    )


def test_what_the_iabs_library_wrote_is_read_and_written_again_no_longer() -> None:
    assert len(VECTORS) == 360
    for vector in VECTORS:
        expected = content(vector)
        assert decode(vector["lib"]) == expected, vector["id"]
        assert encode(expected) == (vector["own"] or vector["lib"]), vector["id"]


some_ids = st.frozensets(st.integers(1, 65_535) | st.integers(1, 60), max_size=40)
runs = st.tuples(st.integers(1, 2000), st.integers(0, 400)).map(lambda run: frozenset(range(run[0], sum(run) + 1)))
vendors = some_ids | runs | st.tuples(some_ids, runs).map(lambda pair: pair[0] | pair[1])
purposes, features = (st.frozensets(st.integers(1, most)) for most in (24, 12))
codes = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=2, max_size=2)
publishers = st.integers(0, 63).flatmap(
    lambda count: st.builds(
        Publisher,
        purposes,
        purposes,
        st.just(count),
        *[st.frozensets(st.integers(1, count)) if count else st.just(frozenset()) for _ in range(2)],
    )
)
strings = st.builds(
    TcString,
    created=st.integers(0, 2**36 - 1),
    updated=st.integers(0, 2**36 - 1),
    cmp_id=st.integers(0, 4095),
    cmp_version=st.integers(0, 4095),
    screen=st.integers(0, 63),
    language=codes,
    list_version=st.integers(0, 4095),
    policy_version=st.integers(0, 63),
    country=codes,
    is_service_specific=st.booleans(),
    has_own_texts=st.booleans(),
    purpose_one_treatment=st.booleans(),
    features=features,
    purposes=purposes,
    interests=purposes,
    vendors=vendors,
    vendor_interests=vendors,
    restrictions=st.lists(
        st.builds(Restriction, st.integers(0, 63), st.integers(0, 3), vendors.map(ranges_of)), max_size=4
    ).map(tuple),
    disclosed=st.none() | vendors,
    publisher=st.none() | publishers,
)


@given(strings)
def test_an_encoded_string_decodes_to_the_same_values(some: TcString) -> None:
    text = encode(some)
    assert decode(text) == some
    # The segments after the core can come in any order, and other encoders pad more.
    core, *others = text.split(".")
    assert decode(".".join([core + "AAAA", *reversed(others)])) == some


@given(st.sampled_from(VECTORS), st.integers(0, 400), st.sampled_from(ALPHABET + "=~ é"))
def test_any_text_is_decoded_or_rejected_with_one_error(vector: dict[str, Any], at: int, letter: str) -> None:
    text = vector["lib"]
    with contextlib.suppress(TcStringError):
        decode(text[:at] + letter + text[at + 1 :])


def bits(*numbers: tuple[int, int]) -> str:
    text = "".join(format(value, f"0{count}b") for value, count in numbers)
    text += "0" * (-len(text) % 24)
    return "".join(ALPHABET[int(text[at : at + 6], 2)] for at in range(0, len(text), 6))


CORE = VECTORS[0]["lib"].split(".")[0]


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "C", CORE[:-8], CORE + ".", CORE + ".!", "D" + CORE[1:], "BOEFEAyOEFEAyAHABDENAI4AAAB9vABAASA"),
        *("1YNN", "DBABL~CVQqAAAAAACA.Q", "C" * (MAX_LENGTH + 1), f"{VECTORS[0]['lib']}.IAAA"),
        f"{CORE}.{bits((1, 3), (9, 16), (1, 1), (2, 12), (0, 1), (9, 16), (0, 1), (3, 16))}",
        f"{CORE}.{bits((1, 3), (9, 16), (1, 1), (1, 12), (1, 1), (8, 16), (65_535, 16))}",
        f"{CORE}.{bits((1, 3), (65_535, 16), (1, 1), (4095, 12), (1, 1), (1, 16), (65_535, 16))}",
        f"{CORE}.{bits((1, 3), (65_535, 16), (0, 1))}",
        f"{CORE}.{bits((5, 3), (1, 24))}",
    ],
    ids=lambda text: text[:24],
)
def test_a_damaged_cut_or_later_string_is_refused(text: str) -> None:
    with pytest.raises(TcStringError):
        decode(text)


def test_as_many_vendors_as_there_are_ids_are_read() -> None:
    every = f"{CORE}.{bits((1, 3), (65_535, 16), (1, 1), (1, 12), (1, 1), (1, 16), (65_535, 16))}"
    assert decode(every).disclosed == frozenset(range(1, 65_536))


def test_no_string_is_written_of_values_that_it_cannot_hold() -> None:
    whole = content(VECTORS[0])
    for faulty in (
        {"cmp_id": 4096},
        {"created": -1},
        {"language": "de"},
        {"country": "D"},
        {"purposes": frozenset({25})},
        {"vendors": frozenset({0})},
        {"disclosed": frozenset({65_536})},
    ):
        values = {name: getattr(whole, name) for name in TcString.__slots__} | faulty
        with pytest.raises(TcStringError):
            encode(TcString(**values))


# -- sets in short texts ----------------------------------------------------------------------------------------------


@given(st.frozensets(st.integers(1, MAX_ID), max_size=60) | st.integers(1, 1700).map(lambda n: frozenset(range(1, n))))
def test_a_set_is_read_as_it_was_written(some: Ids) -> None:
    text = format_ids(some)
    assert read_ids(text) == some
    assert parse_ids(text, some) == parse_ids("*", some) == some
    assert format_ids(some, some) == ("*" if some else "")


def test_1500_vendors_of_any_choice_fit_a_cookie() -> None:
    every = frozenset(range(1, 1680))
    for some in (every - {7}, frozenset(range(1, 1680, 2)), frozenset(one for one in every if one % 3)):
        assert len(format_ids(some, every)) < 300


@pytest.mark.parametrize(
    "text", ["0", "3-1", "5_3", "1_1", "16384", "1-16384", "~", "~*", "a", "1__2", "_1", "~" + "A" * 2732]
)
def test_rejects_an_invalid_set(text: str) -> None:
    with pytest.raises(IdSetError):
        read_ids(text)
