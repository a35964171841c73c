"""Map a config to parties, purposes and processes in the Data Privacy Vocabulary (DPV)."""

import csv
import uuid
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from consent.core.documents.config import Config
from consent.core.documents.site_settings import Controller
from consent.core.documents.tags import Tag
from consent.core.documents.vendors import SiteVendor
from consent.core.groups import OPTIONAL

FILE = Path(__file__).parent.parent / "data" / "dpv_purposes.csv"
NOT_STATED = "not stated in the config"
ROLES = {"processor": "dpv:DataProcessor", "joint": "dpv:JointDataControllers"}
GROUP_PURPOSES = {
    "functional": "dpv:ServicePersonalisation",
    "analytics": "dpv:ServiceUsageAnalytics",
    "advertising": "dpv:Advertising",
}
"""Default purpose of a group whose tags don't say more."""
PERSONAL_DATA = {"functional": "pd:Preference", "analytics": "pd:Tracking", "advertising": "pd:Tracking"}

Node = dict[str, Any]
"""A node of linked data (JSON-LD 1.1), whose keys are vocabulary terms."""


class ConfigFacts:
    """The parties and processes of a config: `controller`, `recipients` by vendor, `process_id` by group and language.

    Their ids are UUIDs derived from the service's address and names (RFC 9562, version 5), the same in each export.
    """

    def __init__(self, base_url: str, name: str, document: Config) -> None:
        self.document = document
        self._space = uuid.uuid5(uuid.NAMESPACE_URL, f"{base_url}/{document['site']}")
        self.controller = self._controller(document["controller"])
        self.recipients = {vendor["id"]: self._recipient(vendor) for vendor in document["vendors"]}
        self.process_id = lru_cache(256)(partial(self._process_id, name))

    def _process_id(self, name: str, group: str, language: str) -> str:
        """Return the id of a group's process, described in `language`."""
        return uuid.uuid5(self._space, f"process {name} {group} {language}").urn

    def process(self, group: str, language: str) -> Node:
        """Return the processing that a grant of the group allows, with purposes in the wording shown in `language`."""
        tags = [tag for tag in self.document["tags"] if tag["group"] == group and tag["enabled"]]
        vendors = list(dict.fromkeys(tag["vendor"] for tag in tags))
        controller = self.document["controller"]
        return {
            "@id": self.process_id(group, language),
            "@type": "dpv:Process",
            "dct:title": group,
            "dpv:hasPurpose": self._purposes(group, tags, language),
            "dpv:hasPersonalData": [self._personal_data(group, vendors)],
            "dpv:hasProcessing": ["dpv:Collect", "dpv:Store", "dpv:Use"],
            "dpv:hasDataSource": "dpv:DataSubjectDataSource",
            "dpv:hasStorageCondition": [
                {"@type": "dpv:StorageLocation", "dct:description": controller["storage_location"]},
                {"@type": "dpv:StorageDuration", "dct:description": controller["retention"]},
            ],
            "dpv:hasRecipient": [self.recipients[vendor]["@id"] for vendor in vendors] or [self.controller["@id"]],
        }

    def _controller(self, facts: Controller) -> Node:
        party_id = uuid.uuid5(self._space, f"controller {(facts['name'], facts['address'], facts['contact'])}")
        return {
            "@id": party_id.urn,
            "@type": ["dpv:LegalEntity", "dpv:DataController"],
            "dct:identifier": str(party_id),
            "dpv:hasName": facts["name"],
            "dpv:hasAddress": facts["address"],
            "dpv:hasContact": facts["contact"],
        }

    def _recipient(self, vendor: SiteVendor) -> Node:
        """Return a vendor; configs have only its country as an address, and web pages instead of a contact."""
        facts = (vendor["id"], vendor["company"], vendor["country"], vendor["privacy_url"], vendor["recipient_kind"])
        party_id = uuid.uuid5(self._space, f"vendor {facts}")
        country = {"dpv:hasLocation": f"loc:{vendor['country']}"} if vendor["country"] else {}
        return country | {
            "@id": party_id.urn,
            "@type": ["dpv:LegalEntity", "dpv:Recipient", ROLES.get(vendor["recipient_kind"] or "", "dpv:ThirdParty")],
            "dct:identifier": str(party_id),
            "skos:notation": vendor["id"],
            "dct:title": vendor["name"],
            "dpv:hasName": vendor["company"] or vendor["name"],
            "dpv:hasAddress": vendor["country"] or NOT_STATED,
            "dpv:hasContact": vendor["privacy_url"] or vendor["opt_out_url"] or NOT_STATED,
        }

    def _purposes(self, group: str, tags: list[Tag], language: str) -> list[Node]:
        texts = self.document["texts"]["languages"].get(language, {})
        codes = list(dict.fromkeys(code for tag in tags for code in tag["purposes"]))
        purposes = []
        for code in codes:
            purpose = {"@type": "dpv:Purpose", "dct:identifier": code, "skos:broader": dpv_purposes()[code]}
            text = texts.get(f"purpose_{code}")
            purposes.append(purpose | ({"dct:description": text} if text else {}))
        plain = {"@type": "dpv:Purpose", "dct:identifier": group, "skos:broader": GROUP_PURPOSES[group]}
        return purposes or [plain]

    def _personal_data(self, group: str, vendors: list[str]) -> Node:
        names = [
            cookie["name"]
            for cookie in self.document["cookies"]
            if cookie["vendor"] in vendors and cookie["group"] == group
        ]
        sensitive = ["dpv:SpecialCategoryPersonalData"] if self.document["overrides"]["sensitive"] else []
        return {
            "@type": ["dpv:PersonalData", *sensitive],
            "dct:title": "What cookies and browser storage hold",
            "skos:broader": PERSONAL_DATA[group],
            "dct:identifier": names,
            "dpv:hasNecessity": "dpv:Optional",
        }


@cache
def dpv_purposes() -> dict[str, str]:
    """Return the closest broader DPV term for each purpose code."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: f"dpv:{row['dpv']}" for row in csv.DictReader(file)}


def requested_groups(effective: dict[str, bool | None]) -> tuple[str, ...]:
    """Return the groups decided by a choice, or all of them if it decides none."""
    return tuple(group for group in OPTIONAL if effective.get(group) is not None) or OPTIONAL
