"""What goes into an evidence pack, file by file, as the store has it for a day."""

import datetime
import json
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from consent.classify.purposes import purpose_groups
from consent.core.days import day_of
from consent.core.decide import Signals
from consent.core.merkle import inclusion_proof
from consent.core.rules import Rules
from consent.evidence import tables
from consent.evidence.shown import Case, banner_page, cases
from consent.proof.checkpoint import origin_of, proof_text, verifier_keys
from consent.proof.checkpoint_file import CheckpointFiles, Signed
from consent.proof.keys import Keys
from consent.snapshots.compile import CompiledConfig
from consent.snapshots.replay import read_rules
from consent.snapshots.script_facts import Showing
from consent.storage import configs, day_counts, entries, log, scans
from consent.storage.configs import Version
from consent.storage.losses import Losses, losses_by_day
from consent.storage.rows import to_time
from consent.storage.scans import FoundScan
from consent.storage.sites import FoundSite

DAY_S = 86400
COUNTED_DAYS = 31
"""Up to the day itself."""
SIGNED_AT = "log/checkpoint"
TAG_COLUMNS = (
    *("id", "name", "vendor", "company", "country", "group", "reason", "enabled", "sale_or_share", "exemptions"),
    "purposes",
)


class Sources(Protocol):
    """Where evidence comes from; `consent.evidence.pack.Evidence` is one."""

    @property
    def engine(self) -> Engine:
        """Return the database."""
        ...

    @property
    def rules(self) -> Rules:
        """Return the rules of this release."""
        ...

    @property
    def banner(self) -> bytes:
        """Return the built banner of this release."""
        ...

    @property
    def keys(self) -> Keys:
        """Return the keys of the instance."""
        ...

    @property
    def base_url(self) -> str:
        """Return the service's own address."""
        ...

    @property
    def checkpoints(self) -> CheckpointFiles:
        """Return the checkpoints that were signed here."""
        ...


@dataclass(slots=True)
class Gathered:
    """The files of a pack by name, and what its first page tells of them."""

    files: dict[str, bytes]
    document: dict[str, Any]
    tags: list[dict[str, Any]]
    cases: list[Case]
    losses: dict[int, Losses]
    scan: FoundScan | None
    checkpoint: Signed | None
    is_proved: bool
    rules_are_kept: bool
    build_is_kept: bool


def gather(connection: Connection, given: Sources, site: FoundSite, version: Version, day: datetime.date) -> Gathered:
    """Return all of the site's evidence for `day`, under the config that was in force."""
    body = configs.get_config(connection, version.sha256) or b""
    document = json.loads(body)
    kept = configs.get_artefact(connection, f"sha256:{document['rules_sha256']}")
    build = configs.get_artefact(connection, f"sha256:{document['banner_sha256']}")
    rules = read_rules(kept) if kept else given.rules
    config = CompiledConfig(version.sha256, body, site.id, rules)
    found = cases(config, rules, day)
    last = day_of(day)
    losses = losses_by_day(connection, site.id, last - COUNTED_DAYS + 1, last)
    counts = day_counts.by_day(connection, site.id, last - COUNTED_DAYS + 1, last)
    tags = tables.tag_rows(document, purpose_groups())
    signed = _checkpoint(connection, given, site, (last + 1) * DAY_S)
    scan = scans.newest_before(connection, site.id, (last + 1) * DAY_S)
    files = {
        "config/config.json": body,
        "tags.csv": tables.table(TAG_COLUMNS, ([tag[name] for name in TAG_COLUMNS] for tag in tags)),
        "rules.csv": tables.table([*tables.RULE_COLUMNS, "in_force"], tables.rule_rows(rules, day)),
        "decisions.csv": tables.table(
            ["regime", "place", "tag", "group", "mode", "reason"], tables.decision_rows(found)
        ),
        "counts.csv": tables.table(tables.COUNT_COLUMNS, tables.count_rows(counts)),
        "losses.csv": tables.table(["day", *tables.LOSS_COLUMNS], tables.loss_rows(losses)),
        "log/keys": "".join(f"{one.jws}\n" for one in entries.of_kind(connection, site.id, "key")).encode(),
        "log/vkey": "".join(
            f"{key}\n" for key in verifier_keys(origin_of(given.base_url, site.key), given.keys)
        ).encode(),
        "log/jwks.json": json.dumps(given.keys.jwks, indent=1).encode(),
    }
    files |= _banners(connection, config, rules, build or given.banner, day, found)
    if kept:
        files["config/rules.csv"] = kept
    if scan:
        files["scan.json"] = _scan(connection, site, scan)
    proof = _proof(connection, site, version, signed) if signed else None
    if signed:
        files[SIGNED_AT] = signed.note.encode()
    if proof:
        files["config/config.tlog-proof"] = proof
    state = (losses, scan, signed, proof is not None, kept is not None, build is not None)
    return Gathered(files, document, tags, found, *state)


def _banners(
    connection: Connection, config: CompiledConfig, rules: Rules, build: bytes, day: datetime.date, found: list[Case]
) -> dict[str, bytes]:
    noon = day_of(day) * DAY_S + DAY_S // 2
    files = {}
    for language in sorted(config.document["texts"]["languages"]):
        for case in found:
            showing = Showing(config, case.place, Signals(), language, day_of(day), rules.version)
            page = banner_page(connection, showing, build, noon, case)
            files[f"banners/{language}-{case.regime}.html"] = page
    return files


def _scan(connection: Connection, site: FoundSite, scan: FoundScan) -> bytes:
    """Return the scan, and what was known by its end of all that the site keeps and asks."""
    end = scan.finished_at or scan.heard_at
    known = [one for one in scans.findings(connection, site.id) if one.first_seen <= end]
    facts = {
        "scanned": to_time(end),
        "from": scan.url,
        "pages": scan.pages,
        "notes": json.loads(scan.problems),
        "changes": json.loads(scan.diff),
        "known": [
            one._asdict()
            | {"first_seen": to_time(one.first_seen), "last_seen": to_time(one.last_seen)}
            | {"gone_at": to_time(one.gone_at) if one.gone_at else None, "leaks": json.loads(one.leaks)}
            for one in known
        ],
    }
    return json.dumps(facts, indent=1, ensure_ascii=False).encode()


def _checkpoint(connection: Connection, given: Sources, site: FoundSite, end: int) -> Signed | None:
    """Return the first checkpoint that was signed after the day, else the newest one."""
    if signed := given.checkpoints.first_since(site.key, end, origin_of(given.base_url, site.key)):
        return signed
    head = log.head(connection, site.id)
    return Signed(head.size, head.time, head.note) if head else None


def _proof(connection: Connection, site: FoundSite, version: Version, signed: Signed) -> bytes | None:
    """Return the proof that the config is in the log of that checkpoint, or None where it was not yet."""
    entry = entries.config_entry(connection, site.id, version.sha256)
    if entry is None or entry.log_index is None or entry.log_index >= signed.size:
        return None
    path = inclusion_proof(log.tile_reader(connection, site.id), entry.log_index, signed.size)
    return proof_text(entry.log_index, path, signed.note, entry.jws.encode()).encode()
