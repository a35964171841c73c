"""Consent records (ISO/IEC TS 27560): every row is checked against the schema and the signed receipt."""

import base64
import json
import re
import uuid
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import consent
from consent.exports.claims_view import claims_of, cut_of
from consent.exports.dpv_parties import dpv_purposes
from consent.exports.iso27560_format import Records
from consent.storage.privacy import erasures
from consent.storage.receipts import export_rows
from consent.storage.selection.filters import Filters
from tests.api.shop import open_shop
from tests.exports.choices import EXPORT

pytestmark = pytest.mark.app

DATA = Path(consent.__file__).parent / "data"
SCHEMA = json.loads((DATA / "consent-record.schema.json").read_text("utf-8"))
GDPR = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"


@pytest.fixture(scope="module")
def graph(export):
    return json.loads(export("format=iso27560"))["@graph"]


@pytest.fixture(scope="module")
def by_id(shop, graph):
    """Return the records in the order of `shop.ids`."""
    found = {node["dct:source"].rpartition("/")[2]: node for node in graph if "sec:jws" in node}
    return [found[receipt_id] for receipt_id in shop.ids]


def faults(node, part="node"):
    validator = Draft202012Validator(
        {**SCHEMA, "$ref": f"#/$defs/{part}"} | {"required": [], "properties": {}, "additionalProperties": True}
    )
    return [error.message for error in validator.iter_errors(node)]


def states(record):
    return [event["@type"][0] for event in record["dpv:hasConsentStatus"]]


def test_the_schema_is_one_and_the_whole_document_follows_it(export):
    Draft202012Validator.check_schema(SCHEMA)
    document = json.loads(export("format=iso27560"))
    assert not list(Draft202012Validator(SCHEMA).iter_errors(document))


def test_every_row_of_every_action_follows_the_schema(graph, by_id):
    assert len(by_id) == 9
    for node in graph:
        assert faults(node) == []


@pytest.mark.parametrize("field", SCHEMA["$defs"]["record"]["required"])
def test_a_record_without_a_mandatory_field_is_invalid(by_id, field):
    assert faults({name: value for name, value in by_id[0].items() if name != field}, "record") != []


@pytest.mark.parametrize("field", SCHEMA["$defs"]["party"]["required"])
def test_a_party_without_a_mandatory_field_is_invalid(graph, field):
    party = next(node for node in graph if "dpv:hasName" in node)
    assert faults({name: value for name, value in party.items() if name != field}, "party") != []


@pytest.mark.parametrize("field", SCHEMA["$defs"]["process"]["required"])
def test_a_process_without_a_mandatory_field_is_invalid(graph, field):
    process = next(node for node in graph if node["@type"] == "dpv:Process")
    assert faults({name: value for name, value in process.items() if name != field}, "process") != []


def test_the_states_are_those_of_the_choice(by_id):
    accept, reject, but_one, one, withdraw, gpc, dnt, _, objection = by_id
    assert states(accept) == ["dpv:ConsentGiven"]
    assert states(reject) == states(dnt) == states(objection) == ["dpv:ConsentRefused"]
    assert states(but_one) == ["dpv:ConsentGiven", "dpv:ConsentRefused"]
    assert states(one) == ["dpv:ConsentGiven", "dpv:ConsentRefused"]
    assert states(withdraw) == ["dpv:ConsentWithdrawn"]
    assert gpc["dpv:hasConsentStatus"][0]["dpv:hasIndicationMethod"].endswith("Global Privacy Control")


def test_what_a_signal_overrode_is_not_called_given(by_id):
    described = {event["@type"][0]: event["dct:description"] for event in by_id[7]["dpv:hasConsentStatus"]}
    assert "overridden by a signal" in described["dpv:ConsentRefused"]


def test_a_vendor_refused_against_its_group_is_named(graph, by_id):
    parties = {node["@id"]: node["dct:title"] for node in graph if "dct:title" in node}
    refused = by_id[2]["dpv:hasConsentStatus"][1]
    assert [parties[party] for party in refused["dpv:hasRecipient"]] == ["Ga"]


def test_every_party_and_process_that_is_named_is_there(graph, by_id):
    known: dict[str, dict] = {}
    for node in graph:
        assert node["@id"] not in known
        if node["@type"] == "dpv:Process":
            assert set(node["dpv:hasRecipient"]) <= known.keys()
        if "sec:jws" in node:
            named = [record["@id"] for record in (node["dpv:hasDataController"], *node["dpv:hasProcess"])]
            assert set(named) <= known.keys(), "a record comes after what it refers to"
        known[node["@id"]] = node
    for record in by_id:
        processes = {process["@id"] for process in record["dpv:hasProcess"]}
        assert {known[process]["@type"] for process in processes} == {"dpv:Process"}
        for event in record["dpv:hasConsentStatus"]:
            assert {process["@id"] for process in event["dpv:hasProcess"]} <= processes
            assert set(event.get("dpv:hasRecipient", [])) <= known.keys()
            assert event["dpv:isIndicatedBy"] == record["dpv:hasDataSubject"]["@id"]


def test_the_controller_is_the_one_of_the_config(shop, graph, by_id):
    facts = shop.service.context.configs.live.get("shop").document["controller"]
    known = {node["@id"]: node for node in graph}
    party = known[by_id[0]["dpv:hasDataController"]["@id"]]
    assert (party["dpv:hasName"], party["dpv:hasAddress"], party["dpv:hasContact"]) == (
        facts["name"],
        facts["address"],
        facts["contact"],
    )
    where, how_long = known[by_id[0]["dpv:hasProcess"][0]["@id"]]["dpv:hasStorageCondition"]
    assert (where["dct:description"], how_long["dct:description"]) == (facts["storage_location"], facts["retention"])
    assert by_id[0]["dpv:hasNotice"][1]["@id"] == facts["policy_url"]


def test_ids_are_uuids_and_a_receipt_leads_back_to_itself(shop, by_id):
    for receipt_id, record in zip(shop.ids, by_id, strict=True):
        assert uuid.UUID(record["dct:identifier"]).version == 4
        assert record["dct:source"].endswith(f"/api/v1/receipts/{receipt_id}")
    assert len({record["@id"] for record in by_id}) == len(by_id)


def test_the_profile_of_the_gdpr_holds_where_the_gdpr_does(by_id):
    germany, nowhere, california = by_id[0], by_id[1], by_id[5]
    assert GDPR in germany["dct:conformsTo"]
    assert germany["dpv:hasLegalBasis"] == "eu-gdpr:A6-1-a"
    assert germany["dpv:hasAuthority"]["dpv:hasName"]
    assert [record["dpv:hasJurisdiction"] for record in (germany, california)] == ["loc:DE", "loc:US-CA"]
    assert "CCPA" in california["dpv:hasApplicableLaw"]["dct:title"]
    for record in (nowhere, california):
        assert GDPR not in record["dct:conformsTo"]
        assert "dpv:hasLegalBasis" not in record


def test_a_first_refusal_and_an_unlinked_receipt_have_a_subject_that_leads_to_nobody(tmp_path):
    shop = open_shop(tmp_path)
    ids = [
        shop.choose(shop.choice(action, granted, key=f"{number:032x}"), Host="www.example.com").json["id"]
        for number, (action, granted) in enumerate([("accept_all", True), ("reject_all", False)])
    ]
    visitor, subject = (subjects(shop) for _ in range(2))
    assert visitor == subject
    with shop.service.context.engine.begin() as transaction:
        erasures.unlink(transaction, shop.site_id, ids)
    after = subjects(shop)
    assert after[ids[1]] == visitor[ids[1]]
    assert after[ids[0]] != visitor[ids[0]]
    shop.service.close()


def subjects(shop):
    """Return the subject id in each record."""
    answer = shop.get(f"{EXPORT}?format=iso27560", Authorization=shop.token("receipts:export"))
    records = [node for node in answer.json["@graph"] if "sec:jws" in node]
    return {node["dct:source"].rpartition("/")[2]: node["dpv:hasDataSubject"]["@id"] for node in records}


def test_an_export_without_receipts_is_whole(export):
    document = json.loads(export("format=iso27560&country=FR"))
    assert document["@graph"] == []
    assert not list(Draft202012Validator(SCHEMA).iter_errors(document))


def test_a_cut_tells_what_a_receipt_has_to_itself(by_id):
    for record in by_id:
        jws = record["sec:jws"]
        claims = claims_of(jws)
        time, expires = cut_of(jws).own_parts(jws)
        assert (time, json.loads(expires)) == (claims["time"], claims["expires"])
        assert record["dct:created"] == claims["time"]


NEW = {"id": "f" * 32, "pd": "e" * 64, "time": "2031-12-30T22:59:58Z"}
"""Other values for the fields that differ in each receipt."""


@given(
    st.dictionaries(
        st.sampled_from(["action", "language", "text", "layer", "variant", "vendors"]), st.text(max_size=9)
    ),
    st.sampled_from([None, "2032-01-01T00:00:00Z"]),
)
def test_receipts_are_alike_where_they_differ_in_that_alone(said, expires):
    claims = said | {"expires": expires, "id": "0" * 32, "pd": "1" * 64, "time": "2026-11-26T00:00:00Z"}
    jws, other = signed(claims), signed(claims | NEW)
    cut = cut_of(jws)
    assert cut == cut_of(other)
    assert cut.shared_parts(jws) == cut.shared_parts(other)
    assert cut.own_parts(other) == (NEW["time"], json.dumps(expires))
    for name in said:
        changed = claims | {name: said[name] + "x"}
        assert cut_of(signed(changed)).shared_parts(signed(changed)) != cut.shared_parts(jws)
        assert cut.shared_parts(signed(changed)) != cut.shared_parts(jws)


def test_receipts_that_look_alike_have_each_a_record_of_what_it_says(shop):
    context = shop.service.context
    row = next(export_rows.stream(context.engine, shop.site_id, Filters()))
    claims = claims_of(row.jws)
    changes = ({}, {"rules_version": "2025-01-01"}, {"time": "2024-02-29T23:00:00Z"}, {"language": "de", "text": "abc"})
    changes += (
        {"language": "de", "text": "abd"},
        {"id": "e" * 32, "pd": "e" * 64},
        {"expires": "2030-01-01T00:00:00Z"},
    )
    rows = [row._replace(jws=signed(claims | change)) for change in changes]
    writer = Records(context.engine, context.configs.rules, context.settings.base_url)
    told = [writer.lines(one).rpartition(b"\n")[2] for one in rows + rows[::-1]]
    assert told == told[::-1]
    assert len(set(told)) == len(rows)
    for one, record in zip(rows, told, strict=False):
        assert (
            record
            == Records(context.engine, context.configs.rules, context.settings.base_url).lines(one).rpartition(b"\n")[2]
        )


def signed(claims):
    """Return `claims` as a receipt with a meaningless signature."""
    return f"{encoded({'alg': 'EdDSA'})}.{encoded(claims)}.{'A' * 86}"


def encoded(claims):
    text = json.dumps(claims, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def test_every_purpose_has_its_term():
    codes = [line.split(",")[0] for line in (DATA / "purposes.csv").read_text("utf-8").splitlines()[1:]]
    assert list(dpv_purposes()) == codes
    assert all(re.fullmatch("dpv:[A-Z][A-Za-z]+", term) for term in dpv_purposes().values())
