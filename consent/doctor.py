"""What `consent doctor` looks at: each part of an installation, with one sentence about it."""

import json
import stat
import time
import urllib.error
import urllib.request
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from consent.app import load_rules
from consent.classify.catalogue import VENDORS, load_catalogue
from consent.classify.filter_lists import FilterListError, read_lists
from consent.config import Settings
from consent.geo import GeoReader
from consent.proof.keys import BadKey, load_keys
from consent.proof.node import examine_nodes
from consent.snapshots.newer_facts import newer_facts
from consent.storage import reviews, sites
from consent.storage.engine import make_engine, takes_writes
from consent.storage.outage import reason_of
from consent.storage.patience import answers_within
from consent.storage.schema import current_revision, fault

ASK_S = 3.0
OLD_DAYS = 120
"""A geo database older than this is worth a refresh: free ones come out each month."""


class Finding(NamedTuple):
    """One part that was looked at."""

    part: str
    ok: bool
    sentence: str


def examine(settings: Settings) -> list[Finding]:
    """Look at every part; nothing is changed but what a first start would make."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    found = [
        Finding("settings", True, "All settings can be used."),
        *_database(settings),
        _keys(settings),
        _geo(settings),
        _rules(),
        *_lists(settings),
    ]
    told = {finding.sentence for finding in found}
    # Of the nodes the running service says what was just said here.
    return [*found, *(finding for finding in _running(settings) if finding.sentence not in told)]


def _database(settings: Settings) -> list[Finding]:
    engine = make_engine(settings.database)
    try:
        with answers_within(ASK_S):
            if said := fault(engine):
                return [Finding("database", False, said)]
            with engine.connect() as connection:
                if not takes_writes(connection):
                    return [
                        Finding("database", False, "It takes no writes: a standby answers in the place of the primary.")
                    ]
                found = sites.every(connection)
                findings = [Finding("database", True, f"It answers and is at version {current_revision(engine)}.")]
                findings += [*_nodes(connection, settings), _catalogue(connection, found)]
    except (SQLAlchemyError, OSError) as error:
        return [Finding("database", False, f"It does not answer ({type(error).__name__}): {reason_of(error)}")]
    finally:
        engine.dispose()
    unpublished = [site.key for site in found if site.live_config is None]
    if unpublished:
        findings.append(Finding("sites", False, f"Nothing was published for {', '.join(unpublished)}."))
    else:
        findings.append(Finding("sites", True, f"{len(found)} site{'' if len(found) == 1 else 's'} live."))
    return findings


def _catalogue(connection: Connection, found: list[sites.FoundSite]) -> Finding:
    """Tell of which vendors the catalogue has newer facts than a draft; an owner may want it so, and it is no fault."""
    catalogue, told = load_catalogue(VENDORS), []
    for site in found:
        draft = json.loads(sites.read_draft(connection, site.id).text)
        if newer := newer_facts(draft, catalogue, reviews.decisions(connection, site.id)):
            told.append(f"{site.key} has older facts of {', '.join(one.name for one in newer)}")
    if not told:
        return Finding("catalogue", True, "The drafts have the facts that it has.")
    return Finding("catalogue", True, f"{'; '.join(told)}: see `consent config renew`.")


def _nodes(connection: Connection, settings: Settings) -> list[Finding]:
    """Look at the nodes that serve, and at keys and clock here as those of one more."""
    try:
        keys = load_keys(settings.instance / "keys", settings.signing_keys)
    except (BadKey, OSError):
        return []
    faults, doubts, others = examine_nodes(connection, keys, settings.secret_key)
    said = [Finding("nodes", False, sentence) for sentence in (*faults, *doubts)]
    if not said and connection.dialect.name == "sqlite":
        return [Finding("nodes", True, "On SQLite the service is one process; keys here can be used.")]
    if said or not others:
        return said or [Finding("nodes", True, "No process serves now; keys and clock here can be used.")]
    count = f"{len(others)} process{' serves' if len(others) == 1 else 'es serve'}"
    hosts = ", ".join(sorted({node.host for node in others}))
    return [Finding("nodes", True, f"{count} (on {hosts}); keys and clock here fit.")]


def _keys(settings: Settings) -> Finding:
    folder = settings.instance / "keys"
    try:
        keys = load_keys(folder, settings.signing_keys)
    except (BadKey, OSError) as error:
        return Finding("keys", False, f"They cannot be used: {error}.")
    open_files = [path.name for path in folder.glob("*.key") if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    if open_files:
        return Finding("keys", False, f"Others may read {', '.join(open_files)}: chmod 600.")
    return Finding("keys", True, f"Receipts are signed with {keys.receipt.kid}.")


def _geo(settings: Settings) -> Finding:
    description = GeoReader.of_setting(settings.geo_database).description
    if description.error:
        without = "every place is unknown and gets the strictest rule"
        with_shipped = "a service that starts now uses the shipped database"
        consequence = with_shipped if description.status == "kept" else without
        return Finding("geo", False, f"{description.error}; {consequence}.")
    days = int((time.time() - (description.build_epoch or 0)) / 86400)
    if days > OLD_DAYS:
        return Finding("geo", False, f"{description.database_type} is {days} days old; see `consent geo update`.")
    shipped = f", which is shipped: there is no {settings.geo_database} yet"
    which = shipped if settings.geo_database and description.path != settings.geo_database else ""
    return Finding("geo", True, f"{description.database_type}, {days} days old{which}.")


def _lists(settings: Settings) -> list[Finding]:
    try:
        found = read_lists(settings.filter_lists)
    except FilterListError as error:
        return [Finding("filter lists", False, str(error))]
    return [Finding("filter lists", True, f"{one.name}: {one.rules.number} rules, {one.group}.") for one in found]


def _rules() -> Finding:
    rules = load_rules()
    return Finding("rules", True, f"{len(rules.codes)} rows, checked until {rules.version}.")


def _running(settings: Settings) -> list[Finding]:
    """Ask the service itself, at its base URL, what it has noticed since its start, such as a mis-set proxy."""
    url = f"{settings.base_url}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=ASK_S) as answer:  # noqa: S310 - settings allow http and https alone
            view = json.load(answer)
    except urllib.error.HTTPError as error:
        view = _view(error)
        why = "choices cannot be kept now" if view else "not the service, but what stands before it and finds none"
        said = Finding("service", False, f"{url} answers {error.code}: {why}.")
        return [said, *(Finding("service", False, warning) for warning in view.get("warnings", []))]
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        reason = getattr(reason, "strerror", None) or reason
        return [Finding("service", False, f"Nothing answers at {url} ({' '.join(str(reason).split())}).")]
    warnings = [Finding("service", False, warning) for warning in view.get("warnings", [])]
    return warnings or [Finding("service", True, f"{url} says that it is ready.")]


def _view(answer: urllib.error.HTTPError) -> dict[str, Any]:
    """Return what the service says in an answer that is no good news; nothing where it was not the service."""
    try:
        view = json.load(answer)
    except (OSError, ValueError):
        return {}
    return view if isinstance(view, dict) and "checks" in view else {}
