"""The stand-in for the vendors' hosts."""

import http.client
import json
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from consent.demo.vendors import MAX_PATHS, Hits, create_vendors

HOSTS = {name: f"http://{name}.vendors.localhost:8002" for name in ("chat", "analytics", "ads", "video")}


@pytest.fixture
def vendors() -> FlaskClient:
    return create_vendors().test_client()


@pytest.mark.parametrize(
    ("name", "sign"),
    [
        ("chat", "demo_chat="),
        ("analytics", "demo_visitor="),
        ("ads", "demo_ads="),
        ("analytics", "demo_analytics_queue"),
    ],
)
def test_each_script_sets_what_its_vendor_file_says(vendors: FlaskClient, name: str, sign: str) -> None:
    answer = vendors.get(f"/{name}.js", base_url=HOSTS[name])
    assert answer.mimetype == "text/javascript"
    assert sign in answer.text


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("chat", "/ads.js"),
        ("ads", "/embed/repotting"),
        ("video", "/pixel"),
        ("chat", "/embed.js"),
        ("video", "/video.js"),
    ],
)
def test_a_host_answers_for_its_own_vendor_only(vendors: FlaskClient, host: str, path: str) -> None:
    assert vendors.get(path, base_url=HOSTS[host]).status_code == 404


def test_a_host_of_no_vendor_has_no_scripts_and_is_not_counted(vendors: FlaskClient) -> None:
    assert vendors.get("/chat.js", base_url="http://127.0.0.1:8002").status_code == 404
    assert vendors.get("/hits").json == {"total": 0, "hosts": {}, "cookies": {}}


@pytest.mark.parametrize(
    ("host", "path", "cookie"),
    [("ads", "/pixel", "ads_visitor"), ("video", "/embed/repotting", "video_visitor")],
)
def test_pixel_and_film_give_a_third_party_id_that_stays(
    vendors: FlaskClient, host: str, path: str, cookie: str
) -> None:
    first = vendors.get(path, base_url=HOSTS[host].replace("http", "https"))
    assert first.headers["Set-Cookie"].startswith(f"{cookie}=")
    assert {"Secure", "HttpOnly", "SameSite=None"} <= set(first.headers["Set-Cookie"].split("; "))
    assert "Set-Cookie" not in vendors.get(path, base_url=HOSTS[host].replace("http", "https")).headers


def test_hits_are_counted_by_host_and_path_with_the_names_of_cookies(vendors: FlaskClient) -> None:
    vendors.get("/chat.js", base_url=HOSTS["chat"])
    vendors.get("/chat.js?again", base_url=HOSTS["chat"])
    vendors.get("/pixel", base_url=HOSTS["ads"], headers={"Cookie": "ads_visitor=value"})
    vendors.get("/nothing-here", base_url=HOSTS["ads"])
    assert vendors.get("/hits", base_url=HOSTS["ads"]).json == {
        "total": 4,
        "hosts": {
            "ads.vendors.localhost": {"/nothing-here": 1, "/pixel": 1},
            "chat.vendors.localhost": {"/chat.js": 2},
        },
        "cookies": {"ads.vendors.localhost": ["ads_visitor"]},
    }


def test_hits_can_be_reset(vendors: FlaskClient) -> None:
    vendors.get("/chat.js", base_url=HOSTS["chat"])
    assert vendors.post("/hits/reset").json == {"total": 0, "hosts": {}, "cookies": {}}


def test_a_hit_from_a_page_of_any_site_is_taken_with_its_cookies(vendors: FlaskClient) -> None:
    answer = vendors.post(
        "/hit?id=D-1001", base_url=HOSTS["analytics"], headers={"Origin": "http://www.shop.localhost:8001"}
    )
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "http://www.shop.localhost:8001"
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_a_crawler_cannot_fill_the_memory() -> None:
    hits = Hits()
    for number in range(MAX_PATHS + 50):
        hits.record("ads.vendors.localhost", f"/{number}", [])
    assert hits.report()["total"] == MAX_PATHS


def test_over_real_http_the_host_header_chooses_the_vendor(vendors_url: str) -> None:
    where = urlsplit(vendors_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port)
    connection.request("POST", "/hits/reset")
    connection.getresponse().read()
    connection.request("GET", "/embed/repotting", headers={"Host": f"video.vendors.localhost:{where.port}"})
    film = connection.getresponse()
    assert film.getheader("Content-Type") == "text/html; charset=utf-8"
    assert b"Repotting a monstera" in film.read()
    connection.request("GET", "/hits")
    assert json.loads(connection.getresponse().read())["hosts"] == {"video.vendors.localhost": {"/embed/repotting": 1}}
    connection.close()
