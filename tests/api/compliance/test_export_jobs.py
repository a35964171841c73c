"""Export jobs in the API: start, watch, download in parts, remove; with the right scope and for this site only."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from consent.exports import Source
from consent.exports.jobs import find_job
from consent.exports.worker import write_export
from consent.storage.sites import sites
from tests.api.shop import open_shop

pytestmark = pytest.mark.app

PATH = "/api/v1/sites/shop/exports"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    shop = open_shop(folder)
    for number, (action, granted) in enumerate((("accept_all", True), ("reject_all", False), ("withdraw", False))):
        assert shop.choose(shop.choice(action, granted, key=f"{number:032x}")).status_code == 201
    shop.service.context.log.sequencer.run()
    context = shop.service.context
    # The tests write the files themselves.
    context.receipts.exports._start, context.receipts.exports._begin = (lambda site, job_id: None), (lambda job: None)
    shop.folder = folder
    shop.auth = shop.token("receipts:export", "receipts:read")
    yield shop
    shop.service.close()


def post(shop, body, authorization=None):
    headers = {"Authorization": shop.auth if authorization is None else authorization}
    data = body if isinstance(body, str | bytes) else json.dumps(body)
    return shop.client.post(PATH, data=data, headers=headers | {"Content-Type": "application/json"})


def fetch(shop, path, **headers):
    """Download a file and close the response."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return shop.client.get(path, headers={"Authorization": shop.auth} | given, buffered=True)


def write(shop, job_id):
    context = shop.service.context
    source = Source(context.engine, context.configs.rules, context.keys.jwks["keys"], context.settings.base_url)
    return write_export(source, find_job(shop.folder / "exports", "shop", job_id))


def test_an_export_is_started_polled_and_downloaded(opened):
    begun = post(opened, {"format": "csv", "filters": {"action": "accept_all"}})
    assert begun.status_code == 202
    path = f"{PATH}/{begun.json['id']}"
    assert (begun.json["state"], begun.json["rows"], begun.json["sha256"]) == ("writing", 0, None)
    assert opened.get(f"{path}/manifest", Authorization=opened.auth).status_code == 404
    write(opened, begun.json["id"])
    done = opened.get(path, Authorization=opened.auth).json
    assert (done["state"], done["rows"], done["share"]) == ("whole", 1, 1)
    file = fetch(opened, f"{path}/file")
    assert hashlib.sha256(file.data).hexdigest() == done["sha256"]
    assert len(file.data) == done["bytes"]
    part = fetch(opened, f"{path}/file", Range="bytes=50-", If_Range=file.headers["ETag"])
    assert (part.status_code, part.data) == (206, file.data[50:])
    manifest = json.loads(opened.get(f"{path}/manifest", Authorization=opened.auth).data)
    assert (manifest["count"], manifest["sha256"]) == (1, done["sha256"])
    assert begun.json["id"] in {item["id"] for item in opened.get(PATH, Authorization=opened.auth).json["items"]}
    assert opened.client.delete(path, headers={"Authorization": opened.auth}).status_code == 204
    assert opened.get(path, Authorization=opened.auth).status_code == 404


def test_a_list_without_filters_takes_none(opened):
    token = opened.token("receipts:export", "privacy:erase", "receipts:read")
    for name in ("exports", "requests", "marks", "alarms"):
        answer = opened.get(f"/api/v1/sites/shop/{name}?state=open", Authorization=token)
        assert (answer.status_code, answer.json["error"]["fields"]) == (
            400,
            {"state": ["This list has no filters."]},
        ), name
        assert opened.get(f"/api/v1/sites/shop/{name}", Authorization=token).status_code == 200, name


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"format": "xml"},
        {"format": "csv", "filters": {"color": "red"}},
        {"format": "csv", "filters": {"from": "yesterday"}},
        {"format": "csv", "filters": {"language": "=1+1"}},
        {"format": "csv", "filters": ["country"]},
        {"format": "csv", "filters": {"country": 7}},
        {"format": "csv", "filters": {"x" * 100: "y"}},
        {"format": "csv", "more": 1},
        [],
        "{",
        b"\xff",
    ],
)
def test_rejects_an_invalid_export_without_starting_a_job(opened, body):
    before = opened.get(PATH, Authorization=opened.auth).json
    answer = post(opened, body)
    assert answer.status_code == 400
    assert set(answer.json["error"]) == {"code", "message", "fields"}
    assert opened.get(PATH, Authorization=opened.auth).json == before


def test_exports_are_for_tokens_of_their_scope_and_site(opened):
    begun = post(opened, {"format": "jsonl"}).json["id"]
    with opened.service.context.engine.begin() as connection:
        other = sites.create(connection, "other", "Other", "{}", 1)
    strangers = {"": 401, opened.token("receipts:read"): 403, opened.token("receipts:export", site_id=other.id): 403}
    for authorization, status in strangers.items():
        assert post(opened, {"format": "csv"}, authorization).status_code == status
        for path in (PATH, f"{PATH}/{begun}", f"{PATH}/{begun}/file", f"{PATH}/{begun}/manifest"):
            assert opened.get(path, Authorization=authorization).status_code == status
    for strange in ("0" * 32, "x", "..%2f..", begun.upper()):
        assert opened.get(f"{PATH}/{strange}", Authorization=opened.auth).status_code == 404


def test_the_audit_entry_describes_an_export_without_naming_a_visitor(opened):
    visitor = "c" * 32
    begun = post(opened, {"format": "csv", "filters": {"visitor": visitor}}).json["id"]
    with opened.service.context.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT subject, jws FROM log_entry WHERE subject = 'export.created'").all()
    told = [json.loads(__import__("base64").urlsafe_b64decode(jws.split(".")[1] + "==")) for _, jws in rows]
    mine = next(one for one in told if one["subject"] == begun)
    assert mine["after"] == {"format": "csv", "filters": {"visitor": "one"}}
    assert visitor not in json.dumps(told)
    assert opened.client.delete(f"{PATH}/{begun}", headers={"Authorization": opened.auth}).status_code == 204
    with opened.service.context.engine.connect() as connection:
        query = "SELECT count(*) FROM log_entry WHERE subject = 'export.deleted'"
        assert connection.exec_driver_sql(query).scalar_one() >= 1


DOCS = Path(__file__).parents[3] / "docs" / "http-api.md"
PLACE = "https://consent.example.com"


def examples():
    """Return the search, read and export examples of docs/http-api.md in order: path, body and whether it resumes."""
    found = []
    for block in re.findall(r"(?:^    .*\n)+", DOCS.read_text("utf-8"), re.MULTILINE):
        command = block.replace("\\\n", " ")
        address = re.search(rf"{PLACE}(/api/v1/(?:sites/shop/(?:receipts|exports)|receipts)[^\s\"]*)", command)
        if command.strip().startswith("curl") and address:
            body = re.search(r"-d '([^']*)'", command)
            found.append((address[1], body[1] if body else "", "-C -" in command or "Range" in command))
    return found


def test_the_examples_of_the_docs_work(opened):
    begun, receipt = "", opened.get("/api/v1/sites/shop/receipts", Authorization=opened.auth).json["items"][0]["id"]
    asked = examples()
    assert {path.partition("?")[0].split("/")[-1] for path, *_ in asked} >= {"receipts", "export", "exports", "file"}
    for path, body, resumes in asked:
        if body:
            answer = post(opened, body)
            begun = answer.json["id"]
            write(opened, begun)
        else:
            headers = {"Range": "bytes=5-"} if resumes else {}
            given = path.replace("$EXPORT", begun).replace("$RECEIPT", receipt)
            answer = fetch(opened, given, **headers)
        assert answer.status_code in (200, 202, 206), path
        assert answer.data


def test_the_document_has_the_routes_with_their_scopes(opened):
    document = opened.get("/api/openapi.json").json
    for path in ("receipts", "receipts/export", "exports", "exports/{export}", "exports/{export}/file"):
        route = document["paths"][f"/api/v1/sites/{{site}}/{path}"]
        said = json.dumps(route)
        assert "receipts:read" in said or "receipts:export" in said
        assert {"token": []} in route["get"]["security"]
