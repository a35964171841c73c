"""Collect the files of an evidence pack from the database for a day."""

import datetime
import json
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection, Engine

from consent.alarms.enforcement_days import SignedDay, signed_days
from consent.classifier.purposes import purpose_groups
from consent.core.days import DAY_SECONDS, date_of, day_of
from consent.core.decide import Signals
from consent.core.documents.config import Config
from consent.core.merkle import inclusion_proof
from consent.core.rules import Rules
from consent.evidence import tables
from consent.evidence.banners_shown import Case, banner_page, cases
from consent.log.checkpoint_files import CheckpointFiles, Signed
from consent.log.checkpoints import origin_of, proof_text, verifier_keys
from consent.runtime.banner_replay import read_rules
from consent.runtime.compiled_config import CompiledConfig
from consent.runtime.script_payload import Showing
from consent.signing.keys import Keys
from consent.storage.log import entries, tree_store
from consent.storage.receipts.serializers import to_time
from consent.storage.scans import scans
from consent.storage.scans.scans import ScanRow
from consent.storage.sites import configs
from consent.storage.sites.configs import Version
from consent.storage.sites.sites import SiteRow
from consent.storage.statistics import receipts_per_day
from consent.storage.statistics.losses import Losses, losses_by_day

COUNTED_DAYS = 31
"""Includes the day of the evidence."""
CONFIG = "config/config.json"
APPROVAL = "config/approval.json"
SIGNED_AT = "log/checkpoint"


class Sources(Protocol):
    """The sources of evidence, implemented by `consent.evidence.pack.Evidence`."""

    @property
    def engine(self) -> Engine:
        """Return the database engine."""
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
        """Return the checkpoints this service signed."""

    @property
    def cosigned(self) -> CheckpointFiles | None:
        """Return the checkpoints that witnesses cosigned."""
        ...


@dataclass(slots=True)
class EvidenceData:
    """The files of a pack by name, and the data for its index page."""

    files: dict[str, bytes]
    document: Config
    tags: list[tables.TagRow]
    cases: list[Case]
    losses: dict[int, Losses]
    enforcement: list[SignedDay]
    scan: ScanRow | None
    checkpoint: Signed | None
    is_proved: bool
    rules_are_kept: bool
    build_is_kept: bool


def collect_evidence(
    connection: Connection, sources: Sources, site: SiteRow, version: Version, day: datetime.date
) -> EvidenceData:
    """Return the site's evidence for `day` under the config `version`."""
    body = configs.get_config(connection, version.sha256) or b""
    document = json.loads(body)
    rules_body = configs.get_artifact(connection, f"sha256:{document['rules_sha256']}")
    build = configs.get_artifact(connection, f"sha256:{document['banner_sha256']}")
    rules = read_rules(rules_body) if rules_body else sources.rules
    config = CompiledConfig(version.sha256, body, site.id, rules)
    shown_cases = cases(config, rules, day)
    last = day_of(day)
    losses = losses_by_day(connection, site.id, last - COUNTED_DAYS + 1, last)
    counts = receipts_per_day.by_day(connection, site.id, last - COUNTED_DAYS + 1, last)
    enforcement = signed_days(connection, site.id, date_of(last - COUNTED_DAYS).isoformat(), date_of(last).isoformat())
    tags = tables.tag_rows(document, purpose_groups())
    signed = _checkpoint(connection, sources, site, (last + 1) * DAY_SECONDS)
    scan = scans.newest_before(connection, site.id, (last + 1) * DAY_SECONDS)
    files = {
        CONFIG: body,
        "tags.csv": tables.table(tables.TagRow._fields, tags),
        "rules.csv": tables.table([*tables.RULE_COLUMNS, "in_force"], tables.rule_rows(rules, day)),
        "decisions.csv": tables.table(
            ["regime", "place", "tag", "group", "mode", "reason"], tables.decision_rows(shown_cases)
        ),
        "counts.csv": tables.table(tables.COUNT_COLUMNS, tables.count_rows(counts)),
        "enforcement.csv": tables.table(tables.ENFORCEMENT_COLUMNS, tables.enforcement_rows(enforcement)),
        "log/enforcement": "".join(f"{one.jws}\n" for one in enforcement).encode(),
        "losses.csv": tables.table(["day", *tables.LOSS_COLUMNS], tables.loss_rows(losses)),
        "log/keys": "".join(f"{one.jws}\n" for one in entries.of_kind(connection, site.id, "key")).encode(),
        "log/vkey": "".join(
            f"{key}\n" for key in verifier_keys(origin_of(sources.base_url, site.key), sources.keys)
        ).encode(),
        "log/jwks.json": json.dumps(sources.keys.jwks, indent=1).encode(),
    }
    files |= _banners(connection, config, rules, build or sources.banner, day, shown_cases)
    if approval := configs.get_approval(connection, version.sha256):
        files[APPROVAL] = approval.encode()
    if rules_body:
        files["config/rules.csv"] = rules_body
    if scan:
        files["scan.json"] = _scan(connection, site, scan)
    proof = _proof(connection, site, version, signed) if signed else None
    if signed:
        files[SIGNED_AT] = signed.note.encode()
    if proof:
        files["config/config.tlog-proof"] = proof
    state = (losses, enforcement, scan, signed, proof is not None, rules_body is not None, build is not None)
    return EvidenceData(files, document, tags, shown_cases, *state)


def _banners(
    connection: Connection, config: CompiledConfig, rules: Rules, build: bytes, day: datetime.date, shown: list[Case]
) -> dict[str, bytes]:
    noon = day_of(day) * DAY_SECONDS + DAY_SECONDS // 2
    files = {}
    for language in sorted(config.document["texts"]["languages"]):
        for case in shown:
            showing = Showing(config, case.place, Signals(), language, day_of(day), rules.version)
            page = banner_page(connection, showing, build, noon, case)
            files[f"banners/{language}-{case.regime}.html"] = page
    return files


def _scan(connection: Connection, site: SiteRow, scan: ScanRow) -> bytes:
    """Return the scan and the site's inventory as of its end."""
    end = scan.finished_at or scan.heartbeat_at
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


def _checkpoint(connection: Connection, given: Sources, site: SiteRow, end: int) -> Signed | None:
    """Return the first checkpoint signed after the day, preferably a cosigned one, or else the newest one."""
    origin = origin_of(given.base_url, site.key)
    if given.cosigned and (signed := given.cosigned.first_since(site.key, end, origin)):
        return signed
    if signed := given.checkpoints.first_since(site.key, end, origin):
        return signed
    head = tree_store.head(connection, site.id)
    return Signed(head.size, head.time, head.note) if head else None


def _proof(connection: Connection, site: SiteRow, version: Version, signed: Signed) -> bytes | None:
    """Return the proof that the checkpoint's log contains the config, or None if it doesn't yet."""
    entry = entries.config_entry(connection, site.id, version.sha256)
    if entry is None or entry.log_index is None or entry.log_index >= signed.size:
        return None
    path = inclusion_proof(tree_store.tile_reader(connection, site.id), entry.log_index, signed.size)
    return proof_text(entry.log_index, path, signed.note, entry.jws.encode()).encode()
