"""The archive for a regulator: its contents, its reproducible bytes, and the detection of changed files."""

import csv
import datetime
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import delete, insert, select, update

from consent.app import load_artifacts, load_rules
from consent.core.days import day_of
from consent.core.documents.site_settings import OldChoices
from consent.evidence import Evidence, NotPublishedError, Pack
from consent.evidence.pack import version_on
from consent.evidence.verify import check_evidence
from consent.log.audit_author import COMMAND_LINE, Author
from consent.log.checkpoint_files import CheckpointFiles
from consent.log.checkpoints import origin_of, verifier_key
from consent.log.sequencer_thread import Sequencer
from consent.signing.canonical_json import canonical
from consent.signing.keys import load_keys
from consent.sites.moving.mapping import mapping_name
from consent.storage.database.engine import make_engine
from consent.storage.scans import scans
from consent.storage.sites import configs, sites
from consent.storage.sites.sites import SiteRow
from consent.storage.tables.scans import ScanFinding
from consent.storage.tables.sites import Config, PublishApproval
from consent.storage.tables.statistics import ChoiceCount
from consent.verify import check
from tests.dashboard.sample_data import DAY, NOW, build_world
from tests.signed_approval import signed_approval

pytestmark = pytest.mark.app

BASE = "https://consent.example"
DAY_OF = datetime.date(2026, 11, 20)
IN_TIME = NOW - 5 * DAY - 100
BOTS = 3
MAPPING: OldChoices = {
    "tool": "klaro",
    "cookie": "klaro",
    "categories": {"ads": "advertising"},
    "vendors": [],
    "delete": False,
}


class Office(NamedTuple):
    """What creates packs, the site, and the keys that an auditor got from elsewhere."""

    evidence: Evidence
    site: SiteRow
    sequencer: Sequencer
    keys: list[Path]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Yield the dashboard's world in two languages, scanned, and sequenced before and after the day."""
    folder = tmp_path_factory.mktemp("office") / "world"
    build_world(folder)
    engine, keys = make_engine(f"sqlite:///{folder / 'consent.sqlite'}"), load_keys(folder / "keys")
    with engine.begin() as connection:
        site = sites.by_key(connection, "demo")
        assert site
        _in_two_languages(connection, site)
        _count_bots(connection, site)
        scan = scans.request(connection, site.id, "https://shop.example/", IN_TIME)
        scans.finish(connection, scan, IN_TIME, state=scans.DONE, pages=3, problems=[], diff=[])
        _find(connection, site, "early", IN_TIME - 50)
        _find(connection, site, "later", NOW)
    time = [IN_TIME]
    sequencer = Sequencer(engine, keys, BASE, folder, clock=lambda: time[0])
    time[0] = NOW
    while sequencer.run():
        pass
    evidence = Evidence(
        engine, load_rules(), load_artifacts().banner, keys, BASE, CheckpointFiles(folder / "checkpoints")
    )
    vkey, jwks = folder / "vkey", folder / "jwks"
    vkey.write_text(verifier_key(origin_of(BASE, "demo"), keys.log.public))
    jwks.write_text(json.dumps(keys.jwks))
    yield Office(evidence, site, sequencer, [vkey, jwks])
    engine.dispose()


def _in_two_languages(connection: Any, site: SiteRow) -> None:
    """Publish the same config with only two languages: 38 would draw 646 banners."""
    assert site.live_config
    document = json.loads(configs.get_config(connection, site.live_config) or b"")
    texts = document["texts"]["languages"]
    document["texts"]["languages"] = {language: texts[language] for language in ("de", "en")}
    document["version"] = 2
    document["overrides"] |= {"old_tool": "klaro", "old_choices": MAPPING}
    body = json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()
    configs.put_config(connection, site.id, 2, body, now=NOW - 20 * DAY, by="command line", note="Two languages")
    connection.execute(update(Config).where(Config.version == 2).values(published_at=NOW - 20 * DAY))


def _count_bots(connection: Any, site: SiteRow) -> None:
    """Count some of the day's receipts as from bots."""
    mine = (ChoiceCount.site_id == site.id, ChoiceCount.span == 1, ChoiceCount.day == day_of(DAY_OF))
    one = connection.execute(select(ChoiceCount.__table__).where(*mine).limit(1)).one()._asdict()
    connection.execute(insert(ChoiceCount).values(one | {"is_bot": True, "count": BOTS}))


def _find(connection: Any, site: SiteRow, name: str, time: int) -> None:
    row = dict.fromkeys(("situations", "page", "made_by", "vendor", "layer", "reason", "suggestion"), "")
    row |= {"kind": "cookie", "name": name, "host": "shop.example", "group": "analytics", "third_party": False}
    row |= {"confidence": 1.0, "is_leak": False, "first_seen": time, "last_seen": time, "site_id": site.id}
    connection.execute(insert(ScanFinding).values(row))


@pytest.fixture(scope="module")
def pack(office: Office) -> Pack:
    """Return the evidence of a day."""
    return office.evidence.create(office.site, DAY_OF)


def files(pack: Pack) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def test_the_pack_contains_what_was_in_force(pack: Pack) -> None:
    found = files(pack)
    assert json.loads(found["config/config.json"])["version"] == 2
    tags = {row["id"]: row for row in rows(found["tags.csv"])}
    assert tags["demo-ads"]["group"] == "advertising"
    assert "purpose retargeting is advertising" in tags["demo-ads"]["reason"]
    rules = {row["code"]: row for row in rows(found["rules.csv"])}
    assert rules["FR"]["authority"] == "CNIL"
    assert all(row["sources"] and row["checked"] for code, row in rules.items() if code != "ZZ")
    held = {(row["regime"], row["tag"]): (row["mode"], row["reason"]) for row in rows(found["decisions.csv"])}
    assert held["eu_opt_in", "demo-ads"] == ("held", "opt_in_not_given")
    assert held["us_opt_out", "demo-ads"][0] == "full"
    scan = json.loads(found["scan.json"])
    assert (scan["pages"], [one["name"] for one in scan["known"]]) == (3, ["early"])
    counts = rows(found["counts.csv"])
    assert sum(int(row["receipts"]) for row in counts) == sum(int(row["kept"]) for row in rows(found["losses.csv"]))
    assert sum(int(row["of_bots"]) for row in counts) == BOTS
    assert max(row["day"] for row in counts) == "2026-11-20"
    page = found["index.html"].decode()
    assert all(f'href="{name}"' in page for name in found if name != "index.html")
    assert "The config names klaro as a consent tool that pages may still have" in page
    assert f"by the mapping <code>{mapping_name(MAPPING)}</code>" in page


def test_a_banner_is_drawn_in_each_language_under_each_rule(pack: Pack) -> None:
    found = {name for name in files(pack) if name.startswith("banners/")}
    assert {"banners/de-eu_opt_in.html", "banners/en-us_ca.html", "banners/en-fallback.html"} <= found
    assert len({name.partition("-")[2] for name in found}) * 2 == len(found)


def test_the_same_day_gives_the_same_bytes_also_after_the_log_has_grown(office: Office, pack: Pack) -> None:
    with office.evidence.engine.begin() as connection:
        connection.execute(update(Config).where(Config.version == 1).values(note="said later"))
    office.evidence.record(author(office), office.site, DAY_OF, pack, NOW)
    while office.sequencer.run():
        pass
    assert office.evidence.create(office.site, DAY_OF).data == pack.data


def author(office: Office) -> Author:
    return Author(COMMAND_LINE, office.evidence.keys.receipt)


def test_nothing_was_in_force_before_the_first_publish(office: Office) -> None:
    with pytest.raises(NotPublishedError):
        office.evidence.create(office.site, datetime.date(2026, 10, 1))
    with office.evidence.engine.connect() as connection:
        first = version_on(connection, office.site, datetime.date(2026, 11, 1))
    assert first
    assert first.version == 1


def verdict(office: Office, data: bytes, folder: Path, keys: int = 2) -> tuple[int, str]:
    file = folder / "evidence.zip"
    file.write_bytes(data)
    return check_evidence(file, office.keys[:keys])


def packed(changed: dict[str, bytes], extra: tuple[str, ...] = ()) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in [*changed, *extra]:
            archive.writestr(zipfile.ZipInfo(name), changed[name])
    return out.getvalue()


def test_verify_accepts_it_and_the_proof_of_the_config_in_it(office: Office, pack: Pack, tmp_path: Path) -> None:
    code, said = verdict(office, pack.data, tmp_path)
    assert (code, said.startswith(f"True: the {len(files(pack))} files of demo for 2026-11-20")) == (0, True), said
    proof = tmp_path / "proof"
    proof.write_bytes(files(pack)["config/config.tlog-proof"])
    assert check(proof, office.keys)[0] == 0
    assert verdict(office, pack.data, tmp_path, keys=1)[0] == 2


def test_verify_names_a_file_that_was_changed_added_or_taken_out(office: Office, pack: Pack, tmp_path: Path) -> None:
    found = files(pack)
    for name in ("tags.csv", "banners/de-eu_opt_in.html", "index.html", "log/vkey"):
        code, said = verdict(office, packed({**found, name: found[name] + b" "}), tmp_path)
        assert (code, f"{name} was changed" in said) == (1, True), said
    other = found["log/checkpoint"].replace(b"/log/", b"/log/x", 1)
    code, said = verdict(office, packed({**found, "log/checkpoint": other}), tmp_path)
    assert (code, "log/checkpoint was changed" in said) == (1, True), said
    code, said = verdict(office, packed({**found, "more.csv": b""}), tmp_path)
    assert (code, "more.csv was added" in said) == (1, True), said
    code, said = verdict(office, packed({name: data for name, data in found.items() if name != "rules.csv"}), tmp_path)
    assert (code, "rules.csv was added to the archive or taken out" in said) == (1, True), said
    with pytest.warns(UserWarning, match="Duplicate name"):
        doubled = packed(found, ("tags.csv",))
    assert verdict(office, doubled, tmp_path)[0] == 1


@pytest.mark.parametrize("name", ["../evil.txt", "/tmp/evil.txt", "log/../../evil.txt", "..\\evil.txt"])
def test_an_entry_that_leads_out_of_the_archive_is_named_and_written_nowhere(
    office: Office, pack: Pack, tmp_path: Path, name: str
) -> None:
    inside = tmp_path / "deep" / "inside"
    inside.mkdir(parents=True)
    code, said = verdict(office, packed({**files(pack), name: b"evil"}), inside)
    assert (code, "was added to the archive" in said) == (1, True), said
    assert not [path for path in tmp_path.rglob("*") if "evil" in path.name]
    assert not Path("/tmp/evil.txt").exists()


def test_verify_does_not_unpack_what_has_no_end(office: Office, tmp_path: Path) -> None:
    for name in ("manifest.jws", "log/checkpoint"):
        data = packed({name: b"\0" * (64 << 20)})
        tracemalloc.start()
        code, said = verdict(office, data, tmp_path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert (code, peak < 32 << 20) == (1, True), said


def test_verify_refuses_a_manifest_that_another_key_signed_or_a_broken_archive(
    office: Office, pack: Pack, tmp_path: Path
) -> None:
    found = files(pack)
    head, payload, _ = found["manifest.jws"].decode().split(".")
    forged = f"{head}.{payload}.{'A' * 86}".encode()
    code, said = verdict(office, packed({**found, "manifest.jws": forged}), tmp_path)
    assert (code, "manifest.jws was changed, or another key signed it" in said) == (1, True), said
    assert verdict(office, pack.data[: len(pack.data) // 2], tmp_path)[0] == 1


@pytest.mark.parametrize("harm", [b"", b"\xff", b"{}", b"a.b.c", b"e30.e30.e30", b"."])
def test_verify_names_the_manifest_where_it_cannot_be_read(
    office: Office, pack: Pack, tmp_path: Path, harm: bytes
) -> None:
    code, said = verdict(office, packed({**files(pack), "manifest.jws": harm}), tmp_path)
    assert (code, said) == (1, "False: manifest.jws was changed: it is not a signed text.")


def test_verify_names_the_manifest_where_it_is_missing(office: Office, pack: Pack, tmp_path: Path) -> None:
    found = files(pack)
    del found["manifest.jws"]
    code, said = verdict(office, packed(found), tmp_path)
    assert (code, "manifest.jws was removed from the archive" in said) == (1, True), said


@pytest.mark.parametrize("name", ["manifest.jws", "log/checkpoint", "tags.csv", "banners/de-eu_opt_in.html"])
def test_verify_names_the_file_in_which_one_byte_was_changed(
    office: Office, pack: Pack, tmp_path: Path, name: str
) -> None:
    with zipfile.ZipFile(io.BytesIO(pack.data)) as archive:
        entry = archive.getinfo(name)
    at = entry.header_offset + 30 + len(name) + entry.compress_size // 2
    flipped = pack.data[:at] + bytes([pack.data[at] ^ 1]) + pack.data[at + 1 :]
    code, said = verdict(office, flipped, tmp_path)
    assert (code, said.startswith(f"False: {name} was changed")) == (1, True), said


def test_an_approval_that_a_passkey_signed_is_in_it_and_verified(office: Office, tmp_path: Path) -> None:
    with office.evidence.engine.connect() as connection:
        version = next(one for one in configs.versions(connection, office.site.id) if one.version == 2)
    signed = signed_approval("demo", 2, version.sha256, NOW - 20 * DAY)
    other = signed_approval("demo", 2, f"sha256:{'0' * 64}", NOW - 20 * DAY)
    forged = {**signed, "statement": {**signed["statement"], "approved_by": "c" * 32}}
    said = {}
    for name, approval in (("signed", signed), ("other", other), ("forged", forged)):
        with office.evidence.engine.begin() as connection:
            connection.execute(delete(PublishApproval).where(PublishApproval.config == version.sha256))
            configs.put_approval(connection, version.sha256, canonical(approval).decode())
        file = tmp_path / f"{name}.zip"
        file.write_bytes(office.evidence.create(office.site, DAY_OF).data)
        said[name] = check_evidence(file, office.keys)
    with office.evidence.engine.begin() as connection:
        connection.execute(delete(PublishApproval).where(PublishApproval.config == version.sha256))
    assert said["signed"][0] == 0
    assert "a passkey signed the approval of the config" in said["signed"][1]
    assert said["other"][0] == said["forged"][0] == 1
    assert "approval.json is of another config" in said["other"][1]
    assert "approval.json is not signed by the passkey that it names" in said["forged"][1]


def test_after_a_change_of_address_the_checkpoint_has_the_present_name(office: Office, tmp_path: Path) -> None:
    moved, folder, keys = "https://moved.example", office.keys[0].parent, office.evidence.keys
    pack = office.evidence.create(office.site, DAY_OF)
    office.evidence.record(author(office), office.site, DAY_OF, pack, NOW)
    sequencer = Sequencer(office.evidence.engine, keys, moved, folder, clock=lambda: NOW + DAY)
    while sequencer.run():
        pass
    data = replace(office.evidence, base_url=moved).create(office.site, DAY_OF).data
    vkey, file = tmp_path / "vkey", tmp_path / "evidence.zip"
    vkey.write_text(verifier_key(origin_of(moved, "demo"), keys.log.public))
    file.write_bytes(data)
    code, said = check_evidence(file, [vkey, office.keys[1]])
    assert (code, "the log moved.example/log/demo has" in said) == (0, True), said
