"""The page that the shop's server renders after requesting the decision."""

from typing import Any

from flask.testing import FlaskClient

from consent.web.static_files import static_folder

Service = tuple[str, list[dict[str, Any]]]


def test_a_held_tag_is_not_in_the_html(shop: FlaskClient) -> None:
    text = shop.get("/story/server-side").text
    assert "/chat.js" in text
    assert "/ads.js" not in text
    assert "/analytics.js" not in text
    assert "<iframe" not in text
    assert '<span class="mode held">held</span></td><td>gpc</td>' in text


def test_the_blocker_stands_before_what_was_written_and_our_line_after(shop: FlaskClient) -> None:
    text = shop.get("/story/server-side").text
    first, chat, line = (text.index(part) for part in ("<script>", 'data-tag="demo-chat"', "/consent/b/demo.js"))
    assert first < chat < line
    assert text[first:].startswith("<script>" + (static_folder() / "blocker.js").read_text("utf-8") + "</script>")


def test_the_server_tells_token_address_choice_and_page(shop: FlaskClient, service: Service) -> None:
    shop.set_cookie("consent_demo", "v1.20782.us_ca.0.1000000001000000001000000000.")
    shop.get("/story/server-side", environ_base={"REMOTE_ADDR": "203.0.113.9"}, headers={"Sec-GPC": "1"})
    seen = service[1][-1]
    assert seen["query"] == {
        "gpc": "1",
        "path": "/story/server-side",
        "choice": "v1.20782.us_ca.0.1000000001000000001000000000.",
    }
    assert seen["headers"]["X-Visitor-Address"] == "203.0.113.9"
    assert seen["headers"]["Authorization"] == "Bearer secret-token"


def test_the_page_answers_as_the_pretended_visitor(shop: FlaskClient, service: Service) -> None:
    assert "California" in shop.get("/story/server-side?visit=US-CA&gpc=1").text
    seen = service[1][-1]
    assert seen["query"] == {"country": "US", "subdivision": "CA", "gpc": "1", "path": "/story/server-side"}
    assert "X-Visitor-Address" not in seen["headers"]


def test_without_the_service_only_essential_is_there(lonely_shop: FlaskClient) -> None:
    answer = lonely_shop.get("/story/server-side")
    assert answer.status_code == 200
    assert "vendors.localhost" not in answer.text
    assert "does not answer" in answer.text
