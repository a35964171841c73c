"""Compare ISO/IEC TS 27560 consent records with the signed claims of their receipts."""

import uuid

from consent.core.documents.json_object import JsonObject
from consent.core.receipt import ReceiptClaims
from consent.exports.dpv_outcomes import METHODS, jurisdiction_of, outcomes, reason_of, shown_of
from consent.exports.dpv_parties import Node, requested_groups
from consent.exports.iso27560_format import formats_of


class RecordReader:
    """Reads the nodes of a graph in order; nodes are defined before the records that refer to them."""

    def __init__(self) -> None:
        # Groups of processes and vendor ids of recipients, by node id.
        self._names: dict[str, str] = {}

    def remember(self, node: Node) -> None:
        """Remember a process or a party, which records refer to by its `@id`."""
        self._names[node["@id"]] = (
            node["dct:title"] if node["@type"] == "dpv:Process" else node.get("skos:notation", "")
        )

    def shared_claims(self, record: Node) -> JsonObject:
        """Return the facts in `record`, in the format of `signed_by`.

        Raises one of `DAMAGED` if the record is damaged.
        """
        banner, rule = record["dpv:hasNotice"][0], record["dpv:hasRule"]
        return {
            "dct:identifier": record["dct:identifier"],
            "dct:source": record["dct:source"].rpartition("/")[2],
            "dct:created": record["dct:created"],
            "dct:language": record["dct:language"],
            "dpv:hasNotice": (
                banner["dct:identifier"],
                banner["dct:language"],
                banner["dct:source"].rpartition("/")[2],
            ),
            "dpv:hasJurisdiction": record["dpv:hasJurisdiction"],
            "dpv:hasRule": (rule["dct:title"], rule["dct:hasVersion"]),
            "dct:hasFormat": record.get("dct:hasFormat", []),
            "dpv:hasProcess": self._groups(record),
            "dpv:hasConsentStatus": [
                (
                    *event["@type"],
                    event["dct:date"],
                    event["dct:valid"],
                    event["dpv:hasIndicationMethod"],
                    event["dct:description"],
                    self._groups(event),
                    [self._names[party] for party in event.get("dpv:hasRecipient", ())],
                )
                for event in record["dpv:hasConsentStatus"]
            ],
        }

    def _groups(self, node: Node) -> list[str]:
        return [self._names[process["@id"]] for process in node["dpv:hasProcess"]]


def signed_by(claims: ReceiptClaims) -> JsonObject:
    """Return the facts that the record of a receipt with `claims` must state."""
    time, (config, language, text) = claims["time"], shown_of(claims)
    return {
        "dct:identifier": str(uuid.UUID(hex=claims["id"], version=4)),
        "dct:source": claims["id"],
        "dct:created": time,
        "dct:language": language,
        "dpv:hasNotice": (text, language, config.removeprefix("sha256:")),
        "dpv:hasJurisdiction": jurisdiction_of(claims["place"]["country"], claims["place"]["subdivision"]),
        "dpv:hasRule": (claims["regime"], claims["rules_version"]),
        "dct:hasFormat": formats_of(claims),
        "dpv:hasProcess": list(requested_groups(claims["effective"])),
        "dpv:hasConsentStatus": [
            (
                *(event.state, "dpv:ExpressedConsent", time, f"{time}/{claims['expires'] or '..'}"),
                *(METHODS[claims["method"]], reason_of(event, claims), event.groups, event.vendors),
            )
            for event in outcomes(claims)
        ],
    }
