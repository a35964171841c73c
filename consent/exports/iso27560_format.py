"""ISO/IEC TS 27560 consent records, written as JSON-LD in terms of DPV 2.2 (guide consent-27560).

The document is a graph with one node per line: the records, and, before the first record that refers to them, the
controller, the recipients, and the processing that a grant of each group allows.
"""

import datetime
import hashlib
import json
import uuid
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Engine

from consent.core.receipt import ReceiptClaims
from consent.core.rules import Place, Rules
from consent.exports.claims_view import Cut, Own, SharedParts, claims_of, cut_of
from consent.exports.dpv_outcomes import METHODS, NO_LANGUAGE, jurisdiction_of, outcomes, reason_of, shown_of
from consent.exports.dpv_parties import ConfigFacts, Node, requested_groups
from consent.storage.receipts.export_rows import ExportRow
from consent.storage.sites import configs

PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record"
GDPR_PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
TC_STRING = "https://github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework"
ADDITIONAL_CONSENT = "https://support.google.com/admanager/answer/9681920"
"""Specifications of the two formats."""
GDPR = "eu_opt_in"
"""The regime under which the GDPR itself applies."""
RIGHTS = ("A7-3", "A13", "A15", "A16", "A17", "A18", "A20", "A77")
LINKS = (
    *("dct:conformsTo", "dct:source", "skos:broader", "dpv:hasRecipient", "dpv:hasProcessing", "dpv:hasDataSource"),
    *("dpv:hasNecessity", "dpv:hasLegalBasis", "dpv:isIndicatedBy", "dpv:isExercisedAt", "dpv:hasJurisdiction"),
    "dpv:hasLocation",
)
CONTEXT: dict[str, Any] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sec": "https://w3id.org/security#",
    **{link: {"@type": "@id"} for link in LINKS},
}

MAX_CACHED = 4096
"""Maximum number of distinct shared records to cache, at about 4 kB each."""

RECORDS_HEAD = b'{"@context":%b,"@graph":[\n' % orjson.dumps(CONTEXT)
RECORDS_TAIL = b"\n]}\n"


class Shared(NamedTuple):
    """The part shared by records of receipts with the same claims: config, language and groups, events, other fields.

    The record's own values go between the parts of `events`. `common` lacks its opening brace.
    """

    named: tuple[str, str, tuple[str, ...]]
    events: list[str]
    common: bytes


class SharedRecord(NamedTuple):
    """Receipts with the same claims between two days: where to cut them, their shared text, and their shared record."""

    cut: Cut
    alike: SharedParts
    since: str
    until: str
    shared: Shared


class Law(NamedTuple):
    """The law named in a rule, the same for many places and days."""

    title: str
    authority: str
    is_gdpr: bool


def records(
    found: Iterable[ExportRow], engine: Engine, rules: Rules, base_url: str, *, is_begun: bool = False
) -> Iterator[bytes]:
    """Yield each receipt's record, preceded by the parties and processes not defined earlier.

    `is_begun` means that the file already contains records. Their nodes are defined again, which is harmless, since the
    ids are the same.
    """
    writer = Records(engine, rules, base_url)
    comma = b",\n" if is_begun else b""
    for receipt in found:
        yield writer.lines(receipt, comma)
        comma = b",\n"


class Records:
    """Writes records; computes once what receipts with the same config, place and day share."""

    def __init__(self, engine: Engine, rules: Rules, base_url: str) -> None:
        self._engine, self._rules, self._base_url = engine, rules, base_url
        # No place's law changes between two consecutive days of this list.
        self._days = sorted(
            {datetime.date.min.isoformat(), *(row["in_force_since"] for row in rules.rows.values())} - {""}
        )
        self._defined: set[str] = set()
        self._seen: set[tuple[str, str, tuple[str, ...]]] = set()
        self._facts = lru_cache(32)(self._read_facts)
        self._common = lru_cache(1024)(self._make_common)
        self._law = lru_cache(4096)(self._find_law)
        self._last: dict[tuple[str, int], SharedRecord] = {}
        self._all: dict[tuple[int, SharedParts], SharedRecord] = {}

    def lines(self, receipt: ExportRow, comma: bytes = b"") -> bytes:
        """Return the record of `receipt` as JSON, after `comma` and the parties and processes not defined before."""
        shared, own = self._read(receipt)
        fresh = self._new_nodes(*shared.named)
        return b"%b%b%b,%b" % (comma, fresh, self._own_part(receipt, own, shared.events), shared.common)

    def _read(self, receipt: ExportRow) -> tuple[Shared, Own]:
        """Return a record's shared part and the receipt's own claims; the receipt is parsed only if the former is new.

        Almost all receipts with the same columns and length also share the rest; `alike` shows whether this one does.
        """
        jws, kind = receipt.jws, (receipt.shared, len(receipt.jws))
        seen = self._last.get(kind)
        if seen and seen.cut.shared_parts(jws) == seen.alike:
            own = seen.cut.own_parts(jws)
            if seen.since <= own[0] < seen.until:
                return seen.shared, own
        cut = cut_of(jws)
        alike, own = cut.shared_parts(jws), cut.own_parts(jws)
        place = bisect_right(self._days, own[0][:10]) - 1
        if len(self._all) >= MAX_CACHED:
            self._all.clear()
            self._last.clear()
        seen = self._all.get((place, alike))
        if seen is None:
            since, until = self._days[place], [*self._days, "~"][place + 1]
            seen = SharedRecord(cut, alike, since, until, self._make_shared(claims_of(jws), since))
            self._all[place, alike] = seen
        self._last[kind] = seen
        return seen.shared, own

    def _make_shared(self, claims: ReceiptClaims, day: str) -> Shared:
        """Return the part shared by records of receipts with the same claims and the law in force on `day`."""
        (config, language, text), (country, subdivision) = shown_of(claims), _place_of(claims)
        groups = requested_groups(claims["effective"])
        common = self._common(
            config,
            language,
            text,
            (country, subdivision, claims["regime"], claims["rules_version"]),
            self._law(config, country, subdivision, day, claims["regime"]),
            groups,
        )
        if formats := formats_of(claims):
            common = common[:-1] + b',"dct:hasFormat":%b}' % orjson.dumps(formats)
        event_parts = orjson.dumps(list(events(claims, self._facts(config)))).decode().split('"WHEN":0')
        return Shared((config, language, groups), event_parts, common)

    def _new_nodes(self, config: str, language: str, groups: tuple[str, ...]) -> bytes:
        """Return the nodes that a record refers to and that aren't defined yet: its parties and processes."""
        if (config, language, groups) in self._seen:
            return b""
        self._seen.add((config, language, groups))
        facts = self._facts(config)
        nodes = [facts.controller, *facts.recipients.values(), *(facts.process(group, language) for group in groups)]
        fresh = [node for node in nodes if node["@id"] not in self._defined]
        self._defined.update(node["@id"] for node in fresh)
        return b"".join(orjson.dumps(node) + b",\n" for node in fresh)

    def _own_part(self, receipt: ExportRow, own: Own, parts: list[str]) -> bytes:
        """Return a record's own part, without the closing brace; time and subject are inserted between `parts`.

        Built as text, since nothing in it needs escaping: it consists of ids, times and base64.
        """
        record_id, subject = _uuid(receipt.id, 4), subject_of(receipt)
        time, expires = own
        until = expires[1:-1] if expires != "null" else ".."
        when = f'"dct:date":"{time}","dct:valid":"{time}/{until}","dpv:isIndicatedBy":"urn:uuid:{subject}"'
        return (
            f'{{"@id":"urn:uuid:{record_id}","@type":"dpv:ConsentRecord","dct:identifier":"{record_id}",'
            f'"dct:source":"{self._base_url}/api/v1/receipts/{receipt.id}","dct:created":"{time}",'
            f'"dpv:hasDataSubject":{{"@id":"urn:uuid:{subject}","@type":"dpv:DataSubject","dct:identifier":"{subject}"}},'
            f'"dpv:hasConsentStatus":{when.join(parts)},"sec:jws":"{receipt.jws}"'
        ).encode()

    def _make_common(
        self,
        config: str,
        language: str,
        text: str,
        where: tuple[str | None, str | None, str, str],
        law: Law | None,
        groups: tuple[str, ...],
    ) -> bytes:
        """Return the part shared by receipts of one config, place and language, without the opening brace."""
        facts = self._facts(config)
        country, subdivision, regime, version = where
        common: Node = {
            "dct:conformsTo": [PROFILE],
            "dct:language": language,
            "dpv:hasNotice": self._notices(facts, config, language, text),
            "dpv:hasDataController": {"@id": facts.controller["@id"]},
            "dpv:hasProcess": [{"@id": facts.process_id(group, language)} for group in groups],
            "dpv:hasJurisdiction": jurisdiction_of(country, subdivision),
            "dpv:hasRule": {"@type": "dpv:Rule", "dct:title": regime, "dct:hasVersion": version},
            "dpv:hasConsentControl": withdrawal(facts),
        }
        return orjson.dumps(common | (legal_facts(law, facts) if law else {}))[1:]

    def _find_law(self, config: str, country: str | None, subdivision: str | None, day: str, regime: str) -> Law | None:
        """Return the place's law on `day`, or None if today's rule tables have a different regime for it."""
        rest = self._facts(config).document["overrides"]["rest_of_world"]
        place, date = Place(country, subdivision), datetime.date.fromisoformat(day)
        # The visitor's local date can be a day before or after the UTC date.
        for days in (0, 1, -1):
            rule = self._rules.rule_at(place, date + datetime.timedelta(days), rest)
            if rule.regime == regime:
                return Law(rule.law, rule.authority, regime == GDPR)
        return None

    def _notices(self, facts: ConfigFacts, config: str, language: str, text: str) -> list[Node]:
        """Return the banner as shown, and the privacy policy it links to."""
        site, controller = facts.document["site"], facts.document["controller"]
        banner = {
            "@id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{self._base_url} {config} {language} {text}')}",
            "@type": "dpv:ConsentNotice",
            "dct:identifier": text,
            "dct:language": language,
            "dct:hasVersion": str(facts.document["version"]),
            "dct:source": f"{self._base_url}/log/{site}/config/{config.removeprefix('sha256:')}",
        }
        if language == NO_LANGUAGE:
            banner["dct:description"] = (
                "No notice was shown: the choice was carried over from the person's browser at sign-in."
            )
        policy = {"@id": controller["policy_url"], "@type": "dpv:PrivacyNotice"}
        return [banner, policy | {"dct:hasVersion": controller["policy_revision"]}]

    def _read_facts(self, name: str) -> ConfigFacts:
        with self._engine.connect() as connection:
            body = configs.get_config(connection, name)
        if body is None:
            raise LookupError(f"the config {name} no longer exists")
        return ConfigFacts(self._base_url, name, json.loads(body))


def formats_of(claims: ReceiptClaims) -> list[Node]:
    """Return the choice in the strings for ad companies (IAB Europe's TCF, Google's additional consent), if any."""
    tcf = claims.get("tcf")
    if tcf is None:
        return []
    strings = [(TC_STRING, tcf["string"])]
    if text := tcf.get("additional_consent"):
        strings.append((ADDITIONAL_CONSENT, text))
    return [{"dct:conformsTo": standard, "skos:notation": text} for standard, text in strings]


def events(claims: ReceiptClaims, facts: ConfigFacts) -> Iterator[Node]:
    """Yield the outcomes of a choice as events, with `WHEN` as a placeholder for date, validity and subject."""
    for event in outcomes(claims):
        parties = [facts.recipients[vendor]["@id"] for vendor in event.vendors]
        yield {
            "@type": [event.state, "dpv:ExpressedConsent"],
            "WHEN": 0,
            "dpv:hasIndicationMethod": METHODS[claims["method"]],
            "dct:description": reason_of(event, claims),
            "dpv:hasProcess": [{"@id": facts.process_id(group, shown_of(claims).language)} for group in event.groups],
            **({"dpv:hasRecipient": parties} if parties else {}),
        }


def subject_of(receipt: ExportRow) -> str:
    """Return the visitor's UUID: the stored id, or else one derived from this receipt, which identifies nobody."""
    if receipt.visitor:
        return _uuid(receipt.visitor, 4)
    # RFC 9562, version 5: the name "data subject" in the namespace of the receipt.
    named = hashlib.sha1(bytes.fromhex(receipt.id) + b"data subject", usedforsecurity=False)
    return _uuid(named.hexdigest(), 5)


def _uuid(digits: str, version: int) -> str:
    """Return 32 or more hex digits as a UUID (RFC 9562), three times as fast as Python's own class."""
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def withdrawal(facts: ConfigFacts) -> Node:
    """Return how to withdraw consent: in the banner's second layer, on any of the site's hosts."""
    return {
        "@type": "dpv:WithdrawConsent",
        "dct:description": (
            "The link to the choices on each page of the site opens the banner, which takes back any grant."
        ),
        "dpv:isExercisedAt": facts.document["hosts"],
    }


def legal_facts(law: Law, facts: ConfigFacts) -> Node:
    """Return the law that applied and, under the GDPR, the additional facts it requires in a record."""
    facts_of_law: Node = {}
    if law.title:
        facts_of_law["dpv:hasApplicableLaw"] = {"@type": "dpv:Law", "dct:title": law.title}
    if law.authority:
        facts_of_law["dpv:hasAuthority"] = {"@type": "dpv:Authority", "dpv:hasName": law.authority}
    if law.is_gdpr:
        policy = facts.document["controller"]["policy_url"]
        rights = [{"@type": ["dpv:DataSubjectRight", f"eu-gdpr:{right}"]} for right in RIGHTS]
        facts_of_law |= {
            "dct:conformsTo": [PROFILE, GDPR_PROFILE],
            "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
            "dpv:hasRight": [right | {"dpv:isExercisedAt": policy} for right in rights],
        }
    return facts_of_law


def _place_of(claims: ReceiptClaims) -> tuple[str | None, str | None]:
    return claims["place"]["country"], claims["place"]["subdivision"]
