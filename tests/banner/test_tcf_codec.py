"""The script's TC string codec compared with the IAB's strings."""

import json
from pathlib import Path
from typing import Any

from tests.banner.node import in_javascript

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "tcf_strings.json").read_text("utf-8")
)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
NONE: dict[str, Any] = {"purposes": "", "interests": "", "custom": 0, "customConsents": "", "customInterests": ""}


def flags(text: str, every: int = 0) -> dict[str, bool]:
    """Return the ids in `text` in the script's form; with `every`, a flag for each id up to it."""
    ids: set[int] = set()
    for run in filter(None, text.split(",")):
        first, _, last = run.partition("-")
        ids.update(range(int(first), int(last or first) + 1))
    return {str(one): one in ids for one in (range(1, every + 1) if every else sorted(ids))}


def model_of(vector: dict[str, Any]) -> dict[str, Any]:
    said = vector["model"]
    own = said["publisher"] or NONE
    custom = {name: flags(own[f"custom{name.title()}"], own["custom"]) for name in ("consents", "interests")}
    return {
        "_created": said["created"],
        "_screen": said["consentScreen"],
        "_language": said["language"],
        "_list": said["vendorListVersion"],
        "_restrictions": [[one["purpose"], one["type"], flags(one["vendors"])] for one in said["restrictions"]],
        "cmpId": said["cmpId"],
        "cmpVersion": said["cmpVersion"],
        "tcfPolicyVersion": said["policyVersion"],
        "isServiceSpecific": True,
        "useNonStandardTexts": said["useNonStandardTexts"],
        "purposeOneTreatment": said["purposeOneTreatment"],
        "publisherCC": said["publisherCC"],
        "specialFeatureOptins": flags(said["specialFeatures"]),
        "purpose": {"consents": flags(said["purposes"]), "legitimateInterests": flags(said["interests"])},
        "vendor": {
            "consents": flags(said["vendorConsents"]),
            "legitimateInterests": flags(said["vendorInterests"]),
            "disclosedVendors": flags(said["disclosed"]),
        },
        "publisher": {
            "consents": flags(own["purposes"]),
            "legitimateInterests": flags(own["interests"]),
            "customPurpose": {"consents": custom["consents"], "legitimateInterests": custom["interests"]},
        },
    }


def chosen(value: Any) -> Any:
    """Return `value` without false entries under numeric keys: bit fields have them, ranges don't."""
    if isinstance(value, list):
        return [chosen(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {key: chosen(one) for key, one in value.items() if one is not False or not key.isdigit()}


def test_the_script_writes_and_reads_every_string_of_the_iab() -> None:
    models = [model_of(vector) for vector in VECTORS]
    answer = in_javascript("tcf.mjs", {"written": models, "read": [vector["lib"] for vector in VECTORS]})
    for vector, model, written, read in zip(VECTORS, models, answer["written"], answer["read"], strict=True):
        # The script always writes the publisher segment.
        text = written if vector["model"]["publisher"] else written.rpartition(".")[0]
        assert text == (vector["own"] or vector["lib"]), vector["id"]
        types = {key: one for key, one in read["publisher"].pop("restrictions").items() if one}
        assert chosen(read) == chosen(model), vector["id"]
        assert set(types) == {str(purpose) for purpose, _, ids in model["_restrictions"] if ids}


def letters(*numbers: tuple[int, int]) -> str:
    """Return (bit count, value) pairs encoded as the text of a segment."""
    bits = "".join(format(value, f"0{count}b") for count, value in numbers)
    bits += "0" * (-len(bits) % 24)
    return "".join(ALPHABET[int(bits[at : at + 6], 2)] for at in range(0, len(bits), 6))


def test_a_string_that_is_damaged_cut_or_of_another_version_is_refused() -> None:
    whole = next(vector["lib"] for vector in VECTORS if vector["model"]["publisher"])
    core = whole.partition(".")[0]
    later = "D" + whole[1:]
    # Disclosed vendor 3 after vendor 9.
    backwards = f"{core}.{letters((3, 1), (16, 9), (1, 1), (12, 2), (1, 0), (16, 9), (1, 0), (16, 3))}"
    cut = [core[:length] for length in (0, 1, 5, 20, 35)]
    damaged = [*cut, later, "!" + whole[1:], whole + ".", "1YNN", "DBABL~CVQ", whole.replace(".", "..", 1), backwards]
    assert in_javascript("tcf.mjs", {"written": [], "read": damaged})["read"] == ["RangeError"] * len(damaged)


def test_all_vendors_and_restrictions_that_there_can_be_are_written_and_read() -> None:
    model = model_of(VECTORS[0])
    model["vendor"]["disclosedVendors"] = {str(one): True for one in range(1, 65_536)}
    model["_restrictions"] = [[purpose, kind, {"1": True}] for purpose in range(1, 25) for kind in range(3)]
    (text,) = in_javascript("tcf.mjs", {"written": [model], "read": []})["written"]
    (read,) = in_javascript("tcf.mjs", {"written": [], "read": [text]})["read"]
    assert len(read["vendor"]["disclosedVendors"]) == 65_535
    assert len(read["_restrictions"]) == 72
