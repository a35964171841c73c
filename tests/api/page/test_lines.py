"""A site's embed lines, for programs that add them to pages."""

from consent.runtime.embed_snippets import blocker_hash
from tests.api.shop import Shop


def test_the_lines_are_those_of_install_for_the_live_config(shop: Shop) -> None:
    answer = shop.get("/api/v1/sites/shop/lines")
    assert answer.status_code == 200
    lines = answer.json
    assert lines["head"].startswith("<script data-run=")
    assert lines["head"].endswith(f'<script async src="{lines["script"]}"></script>')
    assert lines["blocker_hash"] == blocker_hash()
    config = shop.get("/api/v1/sites/shop/decision").json["config"]
    assert lines["config"] == config
    assert answer.headers["Cache-Control"] == "public, max-age=60"


def test_a_site_that_is_not_published_has_no_lines(shop: Shop) -> None:
    answer = shop.get("/api/v1/sites/nothing-here/lines")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "unknown_site")
