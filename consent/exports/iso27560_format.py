"""ISO/IEC TS 27560 consent records, written as JSON-LD in terms of DPV 2.2 (guide consent-27560).

One document with a graph, a node a line: the records; before the first record that refers to them come the
controller, the parties that receive data, and the processing where a group is granted.
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
from consent.exports.claims_view import Alike, Cut, Own, claims_of, cut_of
from consent.exports.dpv_outcomes import METHODS, NO_LANGUAGE, jurisdiction_of, outcomes, reason_of, shown_of
from consent.exports.dpv_parties import ConfigFacts, Node, requested_groups
from consent.storage.receipts.export_rows import ExportRow
from consent.storage.sites import configs

PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record"
GDPR_PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
TC_STRING = "https://github.com/InteractiveAdvertisingBureau/GDPR-Transparency-and-Consent-Framework"
ADDITIONAL_CONSENT = "https://support.google.com/admanager/answer/9681920"
"""Where the two formats are specified."""
GDPR = "eu_opt_in"
"""The regime whose law is the GDPR itself."""
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
"""So many different things that receipts say are remembered, some 4 kB each."""

RECORDS_HEAD = b'{"@context":%b,"@graph":[\n' % orjson.dumps(CONTEXT)
RECORDS_TAIL = b"\n]}\n"


class Shared(NamedTuple):
    """What records share whose receipts say the same: config, language and groups; events; the rest without its brace.

    Between the parts of `events` belongs what each record has to itself.
    """

    named: tuple[str, str, tuple[str, ...]]
    events: list[str]
    common: bytes


class SharedRecord(NamedTuple):
    """Receipts that say the same, from one day to another: where to cut them, what they have in common and their records."""

    cut: Cut
    alike: Alike
    since: str
    until: str
    shared: Shared


class Law(NamedTuple):
    """What a rule says of its law: the same for many places and days."""

    title: str
    authority: str
    is_gdpr: bool


def records(
    found: Iterable[ExportRow], engine: Engine, rules: Rules, base_url: str, *, is_begun: bool = False
) -> Iterator[bytes]:
    """Yield for each receipt its record, with the parties and processes that were not named before in front of it.

    `is_begun`: others stand before them. What they named is named again then, which says the same of the same ids.
    """
    writer = Records(engine, rules, base_url)
    comma = b",\n" if is_begun else b""
    for receipt in found:
        yield writer.lines(receipt, comma)
        comma = b",\n"


class Records:
    """Writes records. What receipts of one config, place and day have in common is made once, and so is what they say."""

    def __init__(self, engine: Engine, rules: Rules, base_url: str) -> None:
        self._engine, self._rules, self._base_url = engine, rules, base_url
        # From one of these days to the next no place gets another law.
        self._days = sorted(
            {datetime.date.min.isoformat(), *(row["in_force_since"] for row in rules.rows.values())} - {""}
        )
        self._named: set[str] = set()
        self._seen: set[tuple[str, str, tuple[str, ...]]] = set()
        self._facts = lru_cache(32)(self._read_facts)
        self._common = lru_cache(1024)(self._make_common)
        self._law = lru_cache(4096)(self._find_law)
        self._last: dict[tuple[str, int], SharedRecord] = {}
        self._all: dict[tuple[int, Alike], SharedRecord] = {}

    def lines(self, receipt: ExportRow, comma: bytes = b"") -> bytes:
        """Return the record of `receipt` as JSON, after `comma` and the parties and processes that nobody named before."""
        shared, own = self._read(receipt)
        fresh = self._fresh(*shared.named)
        return b"%b%b%b,%b" % (comma, fresh, self._own(receipt, own, shared.events), shared.common)

    def _read(self, receipt: ExportRow) -> tuple[Shared, Own]:
        """Return what a record shares with others, and the receipt's own claims; it is read where none said the same before.

        Of those with the same columns that are as long nearly all say the same; `alike` tells whether this one does.
        """
        jws, kind = receipt.jws, (receipt.shared, len(receipt.jws))
        seen = self._last.get(kind)
        if seen and seen.cut.alike(jws) == seen.alike:
            own = seen.cut.own(jws)
            if seen.since <= own[0] < seen.until:
                return seen.shared, own
        cut = cut_of(jws)
        alike, own = cut.alike(jws), cut.own(jws)
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
        """Return what records have in common whose receipts say the same, of a time when the law is that of `day`."""
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

    def _fresh(self, config: str, language: str, groups: tuple[str, ...]) -> bytes:
        """Return what a record refers to and no line has named yet: the parties of its config, and its processes."""
        if (config, language, groups) in self._seen:
            return b""
        self._seen.add((config, language, groups))
        facts = self._facts(config)
        nodes = [facts.controller, *facts.recipients.values(), *(facts.process(group, language) for group in groups)]
        fresh = [node for node in nodes if node["@id"] not in self._named]
        self._named.update(node["@id"] for node in fresh)
        return b"".join(orjson.dumps(node) + b",\n" for node in fresh)

    def _own(self, receipt: ExportRow, own: Own, parts: list[str]) -> bytes:
        """Return what one receipt has to itself, without the closing brace; between what is `told` belongs when and who.

        It is put together as text, since nothing in it needs an escape: ids, times and base64 alone.
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
        """Return what receipts of one config, place and language have in common, without the opening brace."""
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
        """Return the law of that place since `day`, or None where the tables of today know another regime for it."""
        rest = self._facts(config).document["overrides"]["rest_of_world"]
        place, date = Place(country, subdivision), datetime.date.fromisoformat(day)
        # Where the visitor was it may have been the day before or after that of UTC.
        for days in (0, 1, -1):
            rule = self._rules.at(place, date + datetime.timedelta(days), rest)
            if rule.regime == regime:
                return Law(rule.law, rule.authority, regime == GDPR)
        return None

    def _notices(self, facts: ConfigFacts, config: str, language: str, text: str) -> list[Node]:
        """Return the banner as it was shown, and the privacy policy that it names."""
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
                "No notice was shown: the choice came along from the person's browser at sign-in."
            )
        policy = {"@id": controller["policy_url"], "@type": "dpv:PrivacyNotice"}
        return [banner, policy | {"dct:hasVersion": controller["policy_revision"]}]

    def _read_facts(self, name: str) -> ConfigFacts:
        with self._engine.connect() as connection:
            body = configs.get_config(connection, name)
        if body is None:
            raise LookupError(f"the config {name} is not there any more")
        return ConfigFacts(self._base_url, name, json.loads(body))


def formats_of(claims: ReceiptClaims) -> list[Node]:
    """Return the strings that say the same to ad companies (IAB Europe's TCF, Google's additional consent); none without."""
    tcf = claims.get("tcf")
    if tcf is None:
        return []
    strings = [(TC_STRING, tcf["string"])]
    if text := tcf.get("additional_consent"):
        strings.append((ADDITIONAL_CONSENT, text))
    return [{"dct:conformsTo": standard, "skos:notation": text} for standard, text in strings]


def events(claims: ReceiptClaims, facts: ConfigFacts) -> Iterator[Node]:
    """Yield the outcomes of a choice as events. `WHEN` stands for the date, the validity and the person."""
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
    """Return the UUID of the visitor: the id that was kept, else one that is made of this receipt and leads to nobody."""
    if receipt.visitor:
        return _uuid(receipt.visitor, 4)
    # Version 5 of RFC 9562: the name "data subject" in the space of the receipt.
    named = hashlib.sha1(bytes.fromhex(receipt.id) + b"data subject", usedforsecurity=False)
    return _uuid(named.hexdigest(), 5)


def _uuid(digits: str, version: int) -> str:
    """Return 32 or more hex digits as a UUID (RFC 9562). Python's own class takes three times as long."""
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-{version}{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def withdrawal(facts: ConfigFacts) -> Node:
    """Return how consent is withdrawn: in the banner's second layer, on each host of the site."""
    return {
        "@type": "dpv:WithdrawConsent",
        "dct:description": "The link to the choices on each page of the site opens the banner, which takes back any grant.",
        "dpv:isExercisedAt": facts.document["hosts"],
    }


def legal_facts(law: Law, facts: ConfigFacts) -> Node:
    """Return the law that applied and, under the GDPR, what that law wants a record to say besides."""
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
