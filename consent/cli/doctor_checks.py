"""Checks of `consent doctor`: each part of an installation, with a sentence about it."""

import json
import stat
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from consent.alarms.rules import GEO_DAYS
from consent.app import load_rules
from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.filter_lists import FilterListError, read_lists
from consent.config import Settings
from consent.core.days import DAY_SECONDS
from consent.geo import GeoReader
from consent.log.witness_report import sentences
from consent.nodes.heartbeat import examine_nodes
from consent.scanner.banner_check_process import browser_problem
from consent.scanner.process import is_installed
from consent.signing.keys import KeyFileError, load_keys
from consent.sites.catalog_updates import newer_facts
from consent.sites.shipped_rules import rules_problem
from consent.storage.database.engine import make_engine, takes_writes
from consent.storage.database.outage import reason_of
from consent.storage.database.query_timeout import answers_within
from consent.storage.database.write_probe import write_problem
from consent.storage.log import cosignatures
from consent.storage.maintenance.migrate import current_revision, schema_problem
from consent.storage.scans import reviews
from consent.storage.sites import sites

ASK_SECONDS = 3.0


class Finding(NamedTuple):
    """The result for one part."""

    part: str
    ok: bool
    sentence: str


def run_checks(settings: Settings, try_browser: Callable[[], str] = browser_problem) -> list[Finding]:
    """Check every part, the browser with `try_browser`; change only what a first start would create."""
    settings.instance.mkdir(parents=True, exist_ok=True)
    findings = [
        Finding("settings", True, "All settings are valid."),
        *_database(settings),
        _keys(settings),
        _geo(settings),
        _rules(),
        *_lists(settings),
        _scanner(try_browser),
    ]
    sentences = {finding.sentence for finding in findings}
    # The running service repeats some of these sentences about the nodes.
    return [*findings, *(finding for finding in _running_service(settings) if finding.sentence not in sentences)]


def _database(settings: Settings) -> list[Finding]:
    engine = make_engine(settings.database)
    try:
        with answers_within(ASK_SECONDS):
            if problem := schema_problem(engine):
                return [Finding("database", False, problem)]
            with engine.connect() as connection:
                if not takes_writes(connection):
                    return [Finding("database", False, "It is read-only: a standby responds instead of the primary.")]
                if problem := write_problem(engine):
                    return [Finding("database", False, problem)]
                known_sites = sites.present(connection)
                findings = [Finding("database", True, f"It responds and is at version {current_revision(engine)}.")]
                findings += [*_nodes(connection, settings), *_subject_keys(connection, settings)]
                findings += _witnesses(connection, settings)
                findings.append(_catalog(connection, known_sites))
    except (SQLAlchemyError, OSError) as error:
        return [Finding("database", False, f"It does not respond ({type(error).__name__}): {reason_of(error)}")]
    finally:
        engine.dispose()
    unpublished = [site.key for site in known_sites if site.live_config is None]
    if unpublished:
        findings.append(Finding("sites", False, f"Nothing was published for {', '.join(unpublished)}."))
    else:
        findings.append(Finding("sites", True, f"{len(known_sites)} site{'' if len(known_sites) == 1 else 's'} live."))
    return findings


def _catalog(connection: Connection, known_sites: list[sites.SiteRow]) -> Finding:
    """Report vendors with newer facts in the catalog than in a draft; this may be intended and isn't an error."""
    catalog, names = load_catalog(VENDORS), []
    for site in known_sites:
        draft = json.loads(sites.read_draft(connection, site.id).text)
        if newer := newer_facts(draft, catalog, reviews.decisions(connection, site.id)):
            names.append(f"{site.key} has outdated facts on {', '.join(one.name for one in newer)}")
    if not names:
        return Finding("catalog", True, "All drafts are up to date.")
    return Finding("catalog", True, f"{'; '.join(names)}: see `consent config renew`.")


def _witnesses(connection: Connection, settings: Settings) -> list[Finding]:
    """Check whether the log's witnesses have cosigned; having none is allowed and isn't an error."""
    if settings.witness_policy is None:
        sentence = "None: anyone with the database and keys could rewrite the log; see docs/log.md."
        return [Finding("witnesses", True, sentence)]
    progress = cosignatures.progress(connection)
    if late := sentences(progress, time.time()):
        return [Finding("witnesses", False, sentence) for sentence in late]
    names = sorted({one.witness.partition("+")[0] for one in progress if one.cosigned_at})
    return [
        Finding(
            "witnesses", True, f"{', '.join(names)} cosigned." if names else "No cosignature has been requested yet."
        )
    ]


def _subject_keys(connection: Connection, settings: Settings) -> list[Finding]:
    """Check that the subject keys here are those of the accounts; without accounts there are none."""
    from consent.storage.subjects import keys as subject_keys
    from consent.subjects.keyring import SubjectKeyring

    if not subject_keys.fingerprints(connection):
        return []
    problem = SubjectKeyring(settings.instance / "keys", connection.engine).problem()
    return [Finding("subject keys", not problem, problem or "They match the stored accounts.")]


def _nodes(connection: Connection, settings: Settings) -> list[Finding]:
    """Check the running nodes, and whether this machine's keys and clock would fit another one."""
    try:
        keys = load_keys(settings.instance / "keys", settings.signing_keys)
    except (KeyFileError, OSError):
        return []
    errors, warnings, others = examine_nodes(connection, keys, settings.secret_key)
    findings = [Finding("nodes", False, sentence) for sentence in (*errors, *warnings)]
    if not findings and connection.dialect.name == "sqlite":
        return [Finding("nodes", True, "On SQLite, the service is a single process; the keys here are usable.")]
    if findings or not others:
        return findings or [Finding("nodes", True, "No process is running; keys and clock here are fine.")]
    count = f"{len(others)} process{' is' if len(others) == 1 else 'es are'} running"
    hosts = ", ".join(sorted({node.host for node in others}))
    return [Finding("nodes", True, f"{count} (on {hosts}); keys and clock here match.")]


def _keys(settings: Settings) -> Finding:
    folder = settings.instance / "keys"
    try:
        keys = load_keys(folder, settings.signing_keys)
    except (KeyFileError, OSError) as error:
        return Finding("keys", False, f"They are unusable: {error}.")
    open_files = [path.name for path in folder.glob("*.key") if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)]
    if open_files:
        return Finding("keys", False, f"Other users can read {', '.join(open_files)}; run chmod 600 on them.")
    return Finding("keys", True, f"Receipts are signed with {keys.receipt.kid}.")


def _geo(settings: Settings) -> Finding:
    description = GeoReader.of_setting(settings.geo_database).description
    if description.error:
        without = "every place is unknown and gets the strictest rule"
        with_shipped = "a service started now uses the bundled database"
        consequence = with_shipped if description.status == "kept" else without
        return Finding("geo", False, f"{description.error}; {consequence}.")
    days = int((time.time() - (description.build_epoch or 0)) / DAY_SECONDS)
    if days > GEO_DAYS:
        return Finding("geo", False, f"{description.database_type} is {days} days old; see `consent geo update`.")
    shipped = f", the bundled one: {settings.geo_database} does not exist yet"
    which = shipped if settings.geo_database and description.path != settings.geo_database else ""
    return Finding("geo", True, f"{description.database_type}, {days} days old{which}.")


def _lists(settings: Settings) -> list[Finding]:
    try:
        filter_lists = read_lists(settings.filter_lists)
    except FilterListError as error:
        return [Finding("filter lists", False, str(error))]
    return [
        Finding("filter lists", True, f"{one.name}: {one.rules.number} rules, {one.group}.") for one in filter_lists
    ]


def _scanner(try_browser: Callable[[], str]) -> Finding:
    if not is_installed():
        return Finding("scanner", True, "Not installed; pages are checked without a browser.")
    if problem := try_browser():
        return Finding("scanner", False, f"The browser does not start: {problem.removesuffix('.')}.")
    return Finding("scanner", True, "The browser starts.")


def _rules() -> Finding:
    if problem := rules_problem():
        return Finding("rules", False, problem)
    rules = load_rules()
    return Finding("rules", True, f"{len(rules.codes)} rows, checked until {rules.version}.")


def _running_service(settings: Settings) -> list[Finding]:
    """Request the running service's warnings, such as a misconfigured proxy, at its base URL."""
    url = f"{settings.base_url}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=ASK_SECONDS) as answer:  # noqa: S310 - http(s) only, by the settings
            view = json.load(answer)
    except urllib.error.HTTPError as error:
        view = _status_in(error)
        why = "choices cannot be stored now" if view else "the response is from a proxy that cannot reach the service"
        finding = Finding("service", False, f"{url} returned {error.code}: {why}.")
        return [finding, *(Finding("service", False, warning) for warning in view.get("warnings", []))]
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        reason = getattr(reason, "strerror", None) or reason
        return [Finding("service", False, f"Nothing responds at {url} ({' '.join(str(reason).split())}).")]
    warnings = [Finding("service", False, warning) for warning in view.get("warnings", [])]
    return warnings or [Finding("service", True, f"{url} reports that it is ready.")]


def _status_in(answer: urllib.error.HTTPError) -> dict[str, Any]:
    """Return the status in an error response of the service, or {} if the service didn't send it."""
    try:
        view = json.load(answer)
    except (OSError, ValueError):
        return {}
    return view if isinstance(view, dict) and "checks" in view else {}
