"""The script's GPP string codec compared with the IAB's strings and the service's codec."""

import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any

from consent.core.gpp.codec import GppError, SectionValues, decode, encode
from consent.core.gpp.sections import Section, known_layouts, written_sections

HERE = Path(__file__).parent
VECTORS: list[dict[str, Any]] = json.loads((HERE.parent / "golden" / "gpp_strings.json").read_text("utf-8"))
DAMAGED = [
    "",
    "~",
    "DBABL",
    "DBABL~",
    "DBAB",
    "1YNN",
    "DCABL~CVQqAAAAAACA.Q",
    "DBABL~CVQ=",
    "DB__" + "_" * 60,
    "DBABg" + "A" * 40,
]


def in_javascript(written: list[Any], read: list[str]) -> dict[str, Any]:
    layouts = {
        f"{number} {version}": [[field.name, field.bits, field.count] for field in section.fields]
        for (number, version), section in known_layouts().items()
    }
    given = json.dumps({"layouts": layouts, "written": written, "read": read})
    done = subprocess.run(["node", HERE / "gpp.mjs"], input=given, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_the_script_encodes_and_decodes_every_string_like_the_service() -> None:
    shortest = [vector for vector in VECTORS if vector["shortest"]]
    versions = {section.id: section.version for section in written_sections().values()}
    written = [[one | {"version": versions[one["id"]]} for one in vector["sections"]] for vector in shortest]
    answer = in_javascript(written, [vector["library"] for vector in VECTORS])
    assert answer["written"] == [vector["shortest"] for vector in shortest]
    for vector, found in zip(VECTORS, answer["read"], strict=True):
        gpc = [
            [{"SubsectionType": 1, "Gpc": one["gpc"]}] if one["gpc"] is not None else [] for one in vector["sections"]
        ]
        expected = [[one["values"], *more] for one, more in zip(vector["sections"], gpc, strict=True)]
        assert [one["segments"] for one in found if one["segments"]] == expected, vector["id"]


def test_the_script_rejects_a_damaged_string_like_the_service() -> None:
    for text, found in zip(DAMAGED, in_javascript([], DAMAGED)["read"], strict=True):
        try:
            decode(text)
        except GppError:
            assert found == "RangeError", text
        else:
            raise AssertionError(text)
    assert in_javascript([], ["DBABL~DVQqAAAAAACA.Q"])["read"] == [[{"id": 7, "segments": None}]]


def test_the_iab_library_decodes_our_strings() -> None:
    random = Random(30)
    written = []
    for _ in range(40):
        some = random.sample(list(written_sections().values()), random.randint(1, 6))
        written.append([_some_values(section, random) for section in sorted(some, key=lambda one: one.id)])
    texts = [encode(sections) for sections in written]
    done = subprocess.run(
        ["node", HERE / "gpp_library.mjs"], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    for sections, found in zip(written, json.loads(done.stdout), strict=True):
        assert set(found["sections"]) == {one.prefix for one in sections}
        for one in sections:
            read = found["sections"][one.prefix]
            assert read.pop("Gpc", None) == one.gpc
            read.pop("GpcSegmentType", None)
            assert read == one.values


def _some_values(section: Section, random: Random) -> SectionValues:
    """Return values that the library accepts; it rejects any that no section specification defines."""
    values: dict[str, int | list[int]] = {}
    for field in section.fields:
        several = [random.randint(field.name == "MspaCoveredTransaction", 2) for _ in range(field.count)]
        values[field.name] = several if field.count > 1 else several[0]
    # MSPA modes that are consistent with each other.
    options = random.randint(1, 2)
    values |= {"Version": section.version, "MspaOptOutOptionMode": options, "MspaServiceProviderMode": 3 - options}
    return SectionValues(section.prefix, values, random.random() < 0.5 if section.has_gpc else None)
