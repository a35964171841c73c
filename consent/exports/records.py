"""Receipts as consent records of ISO/IEC TS 27560, written as JSON-LD in terms of DPV 2.2 (guide consent-27560).

One document with a graph, a node a line: records, and before the first one that names them, the parties that receive data.
"""

import base64
import datetime
import json
import uuid
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine

from consent.core.groups import OPTIONAL
from consent.core.rules import Place, Rule, Rules
from consent.exports.parties import ConfigFacts, Node, asked_groups
from consent.storage import configs
from consent.storage.export_rows import ExportRow

PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record"
GDPR_PROFILE = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"
GDPR = "eu_opt_in"
"""The regime whose law is the GDPR itself."""
RIGHTS = ("A7-3", "A13", "A15", "A16", "A17", "A18", "A20", "A77")
METHODS = {
    "click": "a button or switch of the banner",
    "gpc": "the browser's signal Global Privacy Control",
    "dnt": "the browser's signal Do Not Track",
    "age": "the visitor's age, as the site stated it",
    "api": "the site's own form, by the API",
    "import": "a record of an earlier system",
}
OVERRIDDEN = "asked for, and overridden by a signal or the visitor's age"
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

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

RECORDS_HEAD = f'{{"@context":{_encode(CONTEXT)},"@graph":[\n'.encode()
RECORDS_TAIL = b"\n]}\n"


def records(
    found: Iterable[ExportRow], engine: Engine, rules: Rules, base_url: str, *, is_begun: bool = False
) -> Iterator[bytes]:
    """Yield for each receipt its record, with the parties that were not named before in front of it.

    `is_begun`: others stand before them. Parties are named again then, which says the same of the same ids.
    """
    writer = Records(engine, rules, base_url)
    comma = ",\n" if is_begun else ""
    for receipt in found:
        yield (comma + ",\n".join(writer.lines(receipt))).encode()
        comma = ",\n"


class Records:
    """Writes records. What receipts of one config, place and day have in common is made once."""

    def __init__(self, engine: Engine, rules: Rules, base_url: str) -> None:
        self._engine, self._rules, self._base_url = engine, rules, base_url
        self._named: set[str] = set()
        self._facts = lru_cache(32)(self._read_facts)
        self._common = lru_cache(1024)(self._make_common)

    def lines(self, receipt: ExportRow) -> list[str]:
        """Return the record of `receipt` as JSON, after the parties that it is the first to name."""
        claims = claims_of(receipt.jws)
        facts = self._facts(claims["config"])
        fresh = [party for party in facts.recipients.values() if party["@id"] not in self._named]
        self._named.update(party["@id"] for party in fresh)
        place = claims["place"]
        common = self._common(
            claims["config"],
            claims["language"],
            claims["text"],
            (place["country"], place["subdivision"], claims["regime"], claims["rules_version"]),
            claims["time"][:10],
            asked_groups(claims["effective"]),
        )
        own = _encode(self._own(receipt, claims, facts))
        return [*map(_encode, fresh), f"{own[:-1]},{common[1:]}"]

    def _own(self, receipt: ExportRow, claims: Node, facts: ConfigFacts) -> Node:
        """Return what one receipt has to itself."""
        record_id = uuid.UUID(hex=receipt.id, version=4)
        subject = subject_of(receipt)
        return {
            "@id": record_id.urn,
            "@type": "dpv:ConsentRecord",
            "dct:identifier": str(record_id),
            "dct:source": f"{self._base_url}/api/v1/receipts/{receipt.id}",
            "dct:created": claims["time"],
            "dpv:hasDataSubject": subject,
            "dpv:hasConsentStatus": list(events(claims, subject["@id"], facts)),
            "sec:jws": receipt.jws,
        }

    def _make_common(
        self,
        config: str,
        language: str,
        text: str,
        where: tuple[str | None, str | None, str, str],
        day: str,
        groups: tuple[str, ...],
    ) -> str:
        facts = self._facts(config)
        country, subdivision, regime, version = where
        rule = self._rule(facts, Place(country, subdivision), day, regime)
        common: Node = {
            "dct:conformsTo": [PROFILE],
            "dct:language": language,
            "dpv:hasNotice": self._notices(facts, config, language, text),
            "dpv:hasDataController": facts.controller,
            "dpv:hasProcess": [facts.process(group, language) for group in groups],
            "dpv:hasJurisdiction": f"loc:{Place(country, subdivision).code}" if country else "dpv:Jurisdiction",
            "dpv:hasRule": {"@type": "dpv:Rule", "dct:title": regime, "dct:hasVersion": version},
            "dpv:hasConsentControl": withdrawal(facts),
        }
        return _encode(common | (legal_facts(rule, facts) if rule else {}))

    def _rule(self, facts: ConfigFacts, place: Place, day: str, regime: str) -> Rule | None:
        """Return the rule of that place and day, or None where the tables of today know another regime for it."""
        rest = facts.document["overrides"]["rest_of_world"]
        rule = self._rules.at(place, datetime.date.fromisoformat(day), rest)
        return rule if rule.regime == regime else None

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
        policy = {"@id": controller["policy_url"], "@type": "dpv:PrivacyNotice"}
        return [banner, policy | {"dct:hasVersion": controller["policy_revision"]}]

    def _read_facts(self, name: str) -> ConfigFacts:
        with self._engine.connect() as connection:
            body = configs.get_config(connection, name)
        if body is None:
            raise LookupError(f"the config {name} is not there any more")
        return ConfigFacts(self._base_url, name, json.loads(body))


def events(claims: Node, subject: str, facts: ConfigFacts) -> Iterator[Node]:
    """Yield what the visitor gave, refused or withdrew: by groups, then by vendors chosen against their group."""
    states: dict[tuple[str, bool], Node] = {}
    for group in OPTIONAL:
        value = claims["effective"].get(group)
        if value is not None:
            overridden = bool(claims["requested"].get(group)) and not value
            event = states.setdefault((state_of(claims, value), overridden), {"dpv:hasProcess": []})
            event["dpv:hasProcess"].append({"@id": facts.processes[group]})
    for vendor, value in claims["vendors"].items():
        event = states.setdefault((state_of(claims, value), False), {"dpv:hasProcess": []})
        event.setdefault("dpv:hasRecipient", []).append(facts.recipients[vendor]["@id"])
    if not states:
        states[state_of(claims, False), False] = {"dpv:hasProcess": []}
    for (state, overridden), subjects in states.items():
        yield {
            "@type": [state, "dpv:ExpressedConsent"],
            "dct:date": claims["time"],
            "dct:valid": f"{claims['time']}/{claims['expires'] or '..'}",
            "dpv:isIndicatedBy": subject,
            "dpv:hasIndicationMethod": METHODS[claims["method"]],
            "dct:description": OVERRIDDEN if overridden else claims["action"],
            **subjects,
        }


def state_of(claims: Node, granted: bool) -> str:
    """Return the state of consent that a choice leaves."""
    if granted:
        return "dpv:ConsentGiven"
    return "dpv:ConsentWithdrawn" if claims["action"] == "withdraw" else "dpv:ConsentRefused"


def subject_of(receipt: ExportRow) -> Node:
    """Return the visitor: by the id that was kept, else by one that is made of this receipt and leads to nobody."""
    if receipt.visitor:
        name = uuid.UUID(hex=receipt.visitor[:32], version=4)
    else:
        name = uuid.uuid5(uuid.UUID(hex=receipt.id), "data subject")
    return {"@id": name.urn, "@type": "dpv:DataSubject", "dct:identifier": str(name)}


def withdrawal(facts: ConfigFacts) -> Node:
    """Return how consent is withdrawn: in the banner's second layer, on each host of the site."""
    return {
        "@type": "dpv:WithdrawConsent",
        "dct:description": "The link to the choices on each page of the site opens the banner, which takes back any grant.",
        "dpv:isExercisedAt": facts.document["hosts"],
    }


def legal_facts(rule: Rule, facts: ConfigFacts) -> Node:
    """Return the law that applied and, under the GDPR, what that law wants a record to say besides."""
    found: Node = {}
    if rule.law:
        found["dpv:hasApplicableLaw"] = {"@type": "dpv:Law", "dct:title": rule.law}
    if rule.authority:
        found["dpv:hasAuthority"] = {"@type": "dpv:Authority", "dpv:hasName": rule.authority}
    if rule.regime == GDPR:
        policy = facts.document["controller"]["policy_url"]
        rights = [{"@type": ["dpv:DataSubjectRight", f"eu-gdpr:{right}"]} for right in RIGHTS]
        found |= {
            "dct:conformsTo": [PROFILE, GDPR_PROFILE],
            "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
            "dpv:hasRight": [right | {"dpv:isExercisedAt": policy} for right in rights],
        }
    return found


def claims_of(jws: str) -> dict[str, Any]:
    """Return what a receipt says; its signature is not checked here."""
    payload = jws.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
