"""The receipts page shows that the script and the config sent to visitors are in the site's log."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from consent import verify
from consent.log.audit_author import AuditActor, Author
from consent.runtime.build_record import ACTION, BuildRecorder
from consent.runtime.script_build import call_script
from consent.storage.log import entries
from consent.storage.log.entries import Entry
from tests.api.shop import Shop, open_shop
from tests.log.sequencing import sequence_all
from tests.wsgi_server import serving


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    opened = open_shop(tmp_path / "instance")
    sequence_all(opened.service.context)
    yield opened
    opened.service.close()


def check_proof(shop: Shop, folder: Path, name: str) -> tuple[int, str]:
    """Check the proof as a visitor without a token would; the keys come from elsewhere."""
    token = shop.token("log:read")
    (folder / "vkey").write_bytes(shop.get("/log/shop/vkey", Authorization=token).data)
    (folder / "jwks").write_bytes(shop.get("/.well-known/jwks.json").data)
    answer = shop.get(f"/r/shop/{name}")
    assert answer.status_code == 200, answer.text
    (folder / name).write_bytes(answer.data)
    return verify.check(folder / name, [folder / "vkey", folder / "jwks"])


def serve_another_build(shop: Shop) -> str:
    """Serve another build, as after an upgrade: the same code with one more statement. Return its name."""
    build = shop.service.context.configs.build
    other = dataclasses.replace(build, core=build.core.replace(b"{", b"{0;", 1))
    shop.service.context.configs.build = other
    return other.sha256


def recorded(shop: Shop) -> list[Entry]:
    with shop.service.context.engine.connect() as connection:
        return entries.of_action(connection, shop.site_id, ACTION)


def test_the_proofs_of_script_and_config_need_no_token_and_verify(shop: Shop, tmp_path: Path) -> None:
    config = shop.decision().json["config"]  # type: ignore[index]
    for name in ("script.tlog-proof", "config.tlog-proof"):
        code, sentence = check_proof(shop, tmp_path, name)
        assert (code, f"config {config} is number" in sentence) == (0, True), sentence
    page = shop.get("/r/shop").text
    assert shop.service.context.configs.build.sha256 in page
    assert config in page
    assert shop.get("/r/shop/other.tlog-proof").status_code == 404


def test_another_build_is_recorded_once_in_the_log_of_each_site(shop: Shop, tmp_path: Path) -> None:
    context = shop.service.context
    other = serve_another_build(shop)
    assert shop.get("/r/shop/script.tlog-proof").status_code == 404
    recorder = BuildRecorder(context.engine, Author(AuditActor("service", "program"), context.keys.receipt), other)
    recorder.run_once()
    recorder.run_once()
    sequence_all(context)
    code, sentence = check_proof(shop, tmp_path, "script.tlog-proof")
    assert (code, "audit" in sentence) == (0, True), sentence
    assert check_proof(shop, tmp_path, "config.tlog-proof")[0] == 0
    assert len(recorded(shop)) == 1


def test_a_running_service_records_no_build_that_its_config_names(shop: Shop) -> None:
    assert recorded(shop) == []


def verdict(browser: Browser, shop: Shop, change: bytes = b"") -> str:
    """Open the page in Chromium, press the check and return the result; `change` is appended to the script."""
    with serving(shop.service.wsgi_app) as port:
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        if change:

            def changed(route):
                answer = route.fetch()
                route.fulfill(response=answer, body=answer.body().replace(b");", change + b");"))

            page.route("**/b/shop.js", changed)
        page.goto(f"http://127.0.0.1:{port}/r/shop")
        page.get_by_text("The script and the settings in the log").click()
        page.get_by_role("button", name="Check the script of this website").click()
        said = page.locator("#script [role=status]")
        expect(said).to_be_visible()
        text = said.inner_text()
        assert faults == []
        context.close()
    return text


def test_a_visitor_checks_the_script_with_one_click(shop: Shop, browser: Browser) -> None:
    assert verdict(browser, shop) == "The script matches the one in the log."
    assert verdict(browser, shop, b",alert(1)").startswith("We couldn’t confirm")
    assert verdict(browser, shop, b",[0]").startswith("We couldn’t confirm")
    serve_another_build(shop)  # which nobody has recorded
    assert verdict(browser, shop).startswith("We couldn’t confirm")


def test_every_part_of_the_build_is_a_piece_of_the_whole(shop: Shop) -> None:
    build = shop.service.context.configs.build
    codes = [build.core, *build.sends.values(), build.acts, *build.early.values(), build.screens]
    assert [build.whole[start:end] for start, end in build.pieces] == codes
    assert call_script(build.core, b"{}", [], []).startswith(build.whole[: build.pieces[0][1]])
