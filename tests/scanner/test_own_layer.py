"""The page of a site that draws its own layers is opened in Chromium and checked against the banner's rules."""

import copy
from pathlib import Path

import pytest

from consent.app import load_artifacts, load_rules
from consent.demo.ports import Ports
from consent.demo.site import demo_draft
from consent.publishing.browser_check import OwnLayerCheck, own_layer_check
from consent.publishing.preview import config_of
from consent.publishing.publish import freeze
from consent.scanner.banner_check_process import try_layer
from tests.scanner.websites import Sites

pytestmark = pytest.mark.extended

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "headless" / "index.html"
SCRIPT = "/consent/b/shop.js"


def check_of(sites: Sites, path: str = "/") -> OwnLayerCheck:
    """Return the check of the demo's draft with `path` as the page that draws the layers."""
    draft = copy.deepcopy(demo_draft(Ports()))
    draft["overrides"]["headless"] = {"page": sites.url(path)}
    return own_layer_check(
        config_of(freeze(draft, None, 1, load_artifacts()), 1, load_rules()), load_artifacts().banner
    )


def problems(sites: Sites, changed: dict[str, str] | None = None) -> list[str]:
    """Return the problems of the docs' example after the replacements in `changed`."""
    html = EXAMPLE.read_text("utf-8").replace(SCRIPT, "/b/demo.js")
    for old, new in (changed or {}).items():
        assert old in html
        html = html.replace(old, new)
    sites.pages["/"] = html
    return try_layer(check_of(sites), "https://consent.example.com", (f"www.site.localhost:{sites.port}",))


def test_the_example_of_the_docs_passes(chromium: Path, sites: Sites) -> None:
    assert problems(sites) == []
    asked = {one.split(" ")[1].split("?")[0] for one in sites.asked}
    assert asked <= {"/", "/favicon.ico"}, "the draft's script and what it would write stay in the check"


PALE = """<style>
  [data-consent-button=reject_all] { background: none !important; color: #999 !important; font-size: 11px !important }
</style></head>"""
MARK = "button.dataset.consentButton = action"
ANSWER = "window.consent.answer(action,"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(
            MARK,
            f"if (action !== 'reject_all') {MARK}",
            "shows no element with data-consent-button=reject_all",
            marks=pytest.mark.long,
        ),
        ("</head>", PALE, "Accept and reject differ in size"),
        pytest.param("data-consent-layer", "data-layer", "no element with data-consent-layer", marks=pytest.mark.long),
        pytest.param("checked: granted", "checked: true", "of the second layer are on", marks=pytest.mark.long),
        pytest.param(
            ANSWER,
            f"action === 'reject_all' ? void window.consent.open() : {ANSWER}",
            "pressing reject_all by the Enter key records no answer",
            marks=pytest.mark.long,
        ),
        pytest.param("<button data-consent-open>", "<button>", "nothing reopens the choices", marks=pytest.mark.long),
        pytest.param(
            "data-consent-status",
            "data-status",
            "California with Global Privacy Control: outside of its layers, the page does not show",
            marks=pytest.mark.long,
        ),
    ],
)
def test_an_unfair_layer_is_described_in_words(chromium: Path, sites: Sites, old: str, new: str, words: str) -> None:
    found = problems(sites, {old: new})
    assert found
    assert words in "; ".join(found)


@pytest.mark.long
def test_reports_a_page_that_cannot_be_opened(chromium: Path, sites: Sites) -> None:
    allowed, service = (f"www.site.localhost:{sites.port}",), "https://consent.example.com"
    sites.acts["/gone"] = lambda handler: handler.answer("Gone", "text/html", status=410)
    assert try_layer(check_of(sites, "/gone"), service, allowed) == [f"Germany: {sites.url('/gone')} returned 410"]
    (refused,) = try_layer(check_of(sites), service, ())
    assert "could not be opened" in refused
