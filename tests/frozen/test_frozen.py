"""Everything signed, stored or handed out is recreated to the byte, and read by the code that reads such things."""

import base64
import csv
import datetime
import io
import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from consent.archive.month_file import read_lines, read_manifest, receipt_in
from consent.cli import main
from consent.core.choice import parse_choice
from consent.core.merkle import leaf_hash, root_hash, verify_consistency, verify_inclusion
from consent.core.tiles import TileName, TileReader, read_tile_path
from consent.evidence.pack import archive
from consent.log.checkpoint_files import CheckpointFiles
from consent.runtime.compiled_config import CompiledConfig
from consent.signing.canonical_json import canonical, sha256_name
from consent.signing.preview_token import read_link
from consent.signing.receipt_claims import canonical_digest, verify_jws
from consent.signing.write_token import read_token
from consent.storage.privacy.erasure_list import ErasureList
from consent.storage.selection.keyset_cursor import read_cursor
from consent.storage.tables.log import KINDS
from consent.verify import check_signed, read_keys
from tests.frozen.fixed import (
    CONFIG,
    CONFIG_NAME,
    DAY_S,
    FIXTURES,
    GIVEN,
    KEYS,
    NOW,
    RECEIPT_ID,
    RULES,
    SALT,
    SECRET,
    SITE,
)
from tests.frozen.produce import kept, parts
from tests.frozen.signed import CHOICE, INDEX, LEAVES, LINK, OLDER, SHOWN, SITE_ID

NAMES = sorted(name for name in kept() if not name.startswith("service/"))
VKEY, JWKS, CHANGE = (FIXTURES / name for name in ("vkey.txt", "jwks.json", "leaf-key.jws"))
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    """Make everything that needs no service."""
    return parts()


def text(name: str) -> str:
    return (FIXTURES / name).read_text("utf-8")


def test_there_is_a_fixture_for_each_artifact_and_no_other(made: dict[str, bytes]) -> None:
    assert sorted(made) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_each_artifact_is_reproduced_unchanged(made: dict[str, bytes], name: str) -> None:
    assert made.get(name) == (FIXTURES / name).read_bytes()


def test_a_receipt_is_verified_with_its_claims_and_its_personal_part() -> None:
    claims = verify_jws(text("receipt.jws"), json.loads(text("jwks.json")))
    assert claims == json.loads(text("receipt.json"))
    assert claims["pd"] == canonical_digest(SALT, text("personal-part.json").encode()) == text("personal-digest.txt")


def test_each_kind_of_leaf_is_verified() -> None:
    trusted = read_keys([VKEY, JWKS])
    origin = text("checkpoint.txt").partition("\n")[0]
    for kind in KINDS:
        assert check_signed(text(f"leaf-{kind}.jws"), trusted, origin)["what"].startswith(kind)
    assert check_signed(text("leaf-key-of-the-instance.jws"), trusted, "x/log/instance")["use"] == "receipt"
    assert check_signed(text("evidence/manifest.jws"), trusted, origin)["what"].startswith("evidence")


def test_the_next_key_is_trusted_after_the_present_one() -> None:
    before, after = read_keys([VKEY, JWKS]), read_keys([VKEY, JWKS, CHANGE])
    assert len(after.receipts) == len(before.receipts) + 1


def tiles() -> dict[TileName, bytes]:
    found = {}
    for path in (FIXTURES / "tile").rglob("*"):
        if path.is_file():
            asked = read_tile_path(str(path.relative_to(FIXTURES / "tile")))
            assert asked
            found[asked[0]] = path.read_bytes()
            assert len(found[asked[0]]) == asked[1] * 32
    return found


def nodes(lines: list[str]) -> list[bytes]:
    return [base64.b64decode(line) for line in lines]


def test_tiles_give_the_roots_and_the_proofs_lead_there() -> None:
    read = TileReader(tiles().__getitem__)
    roots = {}
    for name in ("checkpoint-older.txt", "checkpoint.txt"):
        _, size, root = text(name).split("\n")[:3]
        roots[int(size)] = base64.b64decode(root)
        assert root_hash(read, int(size)) == roots[int(size)]
    leaf = leaf_hash(text("receipt.jws").encode())
    assert leaf.hex() == text("leaf-hash.txt")
    path = nodes(text("inclusion.tlog-proof").split("\n\n")[0].split("\n")[3:])
    assert verify_inclusion(leaf, INDEX, LEAVES, path, roots[LEAVES])
    path = nodes(text("consistency.txt").split("\n\n")[0].split("\n")[1:])
    assert verify_consistency(OLDER, roots[OLDER], LEAVES, roots[LEAVES], path)


VERIFIED = {
    "inclusion.tlog-proof": "receipt 00112233445566778899aabbccddeeff is number 4 of 300 in the log",
    "inclusion-of-erased.tlog-proof": "whose content was erased is number 4 of 300",
    "inclusion-of-detached.tlog-proof": "whose content is in a detached month is number 4 of 300",
    "checkpoint.txt": "has 300 leaves",
    "export/receipts-shop.jsonl": "8 receipts are in the log consent.example.com/log/shop, which has 12 leaves",
    "export/receipts-shop.csv": "the 6 receipts are those that the manifest counts",
    "export/receipts-shop.jsonld": "the 6 receipts are those that the manifest counts",
    "export/month-shop-2026-11.jsonl": "8 receipts are in the log",
    "export/access-copy.json": "each of the 3 receipts in this copy matches what was signed",
    "evidence/config/config.tlog-proof": f"config {CONFIG_NAME} is number 3 of 12 in the log",
}


@pytest.mark.parametrize("name", VERIFIED)
def test_the_command_verifies(name: str) -> None:
    assert VERIFIED[name] in verdict(FIXTURES / name)


def test_the_command_verifies_that_the_log_only_grew() -> None:
    old = ["--old", str(FIXTURES / "checkpoint-older.txt")]
    assert "has 300 leaves, and the first 200 are unchanged" in verdict(FIXTURES / "consistency.txt", *old)


def test_the_command_verifies_evidence(tmp_path: Path) -> None:
    names = [name.removeprefix("evidence/") for name in NAMES if name.startswith("evidence/")]
    files = {name: (FIXTURES / "evidence" / name).read_bytes() for name in names}
    (tmp_path / "evidence.zip").write_bytes(archive(files, datetime.date(2026, 11, 24)))
    said = verdict(tmp_path / "evidence.zip")
    assert f"the {len(names)} files of shop for 2026-11-24 are those that were signed" in said


def verdict(file: Path, *options: str) -> str:
    done = CliRunner().invoke(main, ["verify", str(file), "--key", str(VKEY), "--key", str(JWKS), *options])
    assert (done.exit_code, done.output[:5]) == (0, "True:"), done.output
    return done.output


def test_a_month_is_read_back() -> None:
    file = FIXTURES / "export" / "month-shop-2026-11.jsonl"
    manifest = read_manifest(file)
    found = [receipt_in(line) for line in read_lines(file, manifest)]
    assert (manifest.site, len(found), found.count(None)) == (SITE, 8, 1)
    jwks = json.loads(text("jwks.json"))
    assert all(verify_jws(jws.decode(), jwks)["site"] == SITE for jws in found if jws)


@pytest.mark.parametrize("name", ["rates", "losses"])
def test_statistics_say_the_same_in_both_forms(name: str) -> None:
    told = json.loads(text(f"export/{name}.json"))["items"][-1]
    rows = list(csv.DictReader(io.StringIO((FIXTURES / f"export/{name}.csv").read_bytes().decode(), newline="")))
    numbers = {key: value for key, value in told.items() if isinstance(value, int)}
    assert len(numbers) >= 5
    assert {key: int(rows[-1][key]) for key in numbers} == numbers


def test_what_browsers_and_programs_hold_is_read() -> None:
    assert read_token(SECRET, text("write-token.txt"), NOW // DAY_S + 59) == SHOWN
    assert read_link(SECRET, SITE, text("preview-link.txt"), NOW) == LINK
    assert read_cursor(SITE_ID, text("cursor.txt")) == (NOW, RECEIPT_ID)
    assert parse_choice(text("consent-cookie.txt")) == CHOICE


def test_the_banner_reads_and_writes_the_cookie() -> None:
    set_by_service = text("service/set-cookie-of-a-choice.txt").partition(";")[0].partition("=")[2]
    values = [text("consent-cookie.txt"), set_by_service]
    done = subprocess.run(
        ["node", HERE / "read_choice.mjs"], input=json.dumps(values), capture_output=True, text=True, check=True
    )
    # The second cookie's content isn't part of the first.
    ours = [found and {k: v for k, v in asdict(found).items() if k != "tcf"} for found in map(parse_choice, values)]
    assert all(ours)
    assert json.loads(done.stdout) == [[choice, value] for choice, value in zip(ours, values, strict=True)]


@pytest.mark.parametrize("config", [CONFIG, (FIXTURES / "config.json").read_bytes()], ids=["given", "made"])
def test_a_config_is_read_and_has_its_name(config: bytes) -> None:
    name = sha256_name(config)
    compiled = CompiledConfig(name, config, SITE_ID, RULES)
    assert (compiled.site, compiled.version, compiled.languages) == (SITE, 1, ("en",))
    assert canonical(compiled.document) == config


def test_the_config_of_the_receipts_stays() -> None:
    assert CONFIG_NAME == "sha256:792a2681671d963aa14a03fd252bf20deb332b2bd1bebd983b77e8335787bbae"
    draft: dict[str, Any] = json.loads((GIVEN / "draft.json").read_bytes())
    assert json.loads(CONFIG)["tags"] == draft["tags"]


def test_the_files_beside_the_database_are_read(tmp_path: Path) -> None:
    for folder, name in (("checkpoints", "checkpoint-file.jsonl"), ("erasures", "erasure-list.jsonl")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / SITE).write_bytes((FIXTURES / name).read_bytes())
    files = CheckpointFiles(tmp_path / "checkpoints")
    last, signed = files.last(SITE), files.first_since(SITE, NOW, "consent.example.com/log/shop")
    assert last
    assert signed
    assert (last.size, signed.size, signed.time) == (12, 12, NOW)
    assert signed.note == text("evidence/log/checkpoint")
    (erased,) = ErasureList(tmp_path / "erasures").read(SITE)
    assert (erased.level, erased.time, len(erased.receipts)) == ("full", NOW - 20, 1)


def test_the_keys_are_those_of_the_fixtures() -> None:
    assert json.loads(text("jwks.json")) == KEYS.jwks
