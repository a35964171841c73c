"""The copy given to a visitor, checked offline."""

import json

import pytest
from click.testing import CliRunner

from consent.cli import main

pytestmark = pytest.mark.app


@pytest.fixture(scope="module")
def copy(shop):
    """Return the copy of one receipt from the API."""
    asked = {"receipt": shop.ids[2], "reason": "asked by letter"}
    token = {"Authorization": shop.token("receipts:read")}
    answer = shop.client.post("/api/v1/sites/shop/access", json=asked, headers=token)
    assert answer.status_code == 200
    return answer.json


def check_exit(folder, text, keys):
    file = folder / "access.json"
    file.write_text(text)
    found = CliRunner().invoke(main, ["verify", str(file), *(part for key in keys for part in ("--key", str(key)))])
    return found.exit_code, found.output


@pytest.mark.parametrize("indent", [None, 2])
def test_an_unmodified_copy_verifies(copy, keys, tmp_path, indent):
    code, said = check_exit(tmp_path, json.dumps(copy, indent=indent), keys)
    assert (code, said.startswith("True: each of the 1 receipts in this copy matches what was signed")) == (0, True), (
        said
    )


@pytest.mark.parametrize(
    ("name", "value"), [("action", "accept_all"), ("time", "2020-01-01T00:00:00Z"), ("vendors", {}), ("expires", None)]
)
def test_a_changed_receipt_is_named_with_what_was_changed(shop, copy, keys, tmp_path, name, value):
    changed = copy | {"receipts": [copy["receipts"][0] | {name: value}]}
    code, said = check_exit(tmp_path, json.dumps(changed), keys)
    assert (code, said) == (1, f"False: receipt {shop.ids[2]} was signed with a different value of {name}.\n")


def test_a_changed_text_is_named_by_its_receipt(shop, copy, keys, tmp_path):
    signed = copy["receipts"][0]["signed"]
    last = "A" if signed[-5] != "A" else "B"
    texts = {
        signed[:-5] + last + signed[-4:]: "is not signed with any of the given keys",
        "nothing": "the signed text",
        7: "the signed text",
    }
    for text, fault in texts.items():
        changed = copy | {"receipts": [copy["receipts"][0] | {"signed": text}]}
        code, said = check_exit(tmp_path, json.dumps(changed), keys)
        assert (code, fault in said, shop.ids[2] in said) == (1, True, True), said


def test_without_the_key_set_the_result_is_unknown_and_a_truncated_copy_is_damaged(copy, keys, tmp_path):
    assert check_exit(tmp_path, json.dumps(copy), keys[:1]) == (
        2,
        "Cannot tell: the key set of receipts was not given.\n",
    )
    assert check_exit(tmp_path, json.dumps(copy)[:-40], keys)[1].startswith("False: the file is damaged")
    assert check_exit(tmp_path, '{"made": 1}', keys)[0] == 1
