"""Accept and reject are found in banners of other tools, by their marks or by words."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page

import consent.scan
from consent.scan.controls import known_words
from consent.snapshots.texts import banner_texts, languages

FOLDER = Path(consent.scan.__file__).parent / "page"
SCRIPT = (FOLDER / "control.js").read_text("utf-8")
WORDS = known_words()
TOOLS = json.loads((FOLDER / "tools.json").read_text("utf-8"))
NOTICE = '<div class="cookie-notice">{}</div>'


def found(page: Page, kind: str, selectors: bool = False) -> str | None:
    asked = {"words": [] if selectors else WORDS[kind], "selectors": TOOLS[kind] if selectors else []}
    element = page.evaluate_handle(SCRIPT[SCRIPT.index("(") :], asked).as_element()
    return element and str(element.evaluate("(e) => e.id || e.innerText || e.value"))


@pytest.mark.parametrize(
    ("accept", "reject"),
    [
        ("Accept all", "Reject all"),
        ("I agree!", "Decline"),
        ("OK", "Only necessary"),
        ("Alle akzeptieren ✓", "Nur notwendige Cookies"),
        ("Tout accepter", "Continuer sans accepter →"),
        ("Aceptar y cerrar", "Rechazar todo"),
        ("Akceptuję", "Odrzuć wszystkie"),
        ("すべて同意する", "すべて拒否"),
        ("Accept all cookies on this site", "Reject all cookies on this site"),
    ],
)
def test_controls_are_found_by_their_words(page: Page, accept: str, reject: str) -> None:
    page.set_content(
        "<button>Add to cart</button>"
        + NOTICE.format(f"<a role=button>{reject}</a><button>More</button><button>{accept}</button>")
    )
    assert found(page, "accept") == accept
    assert found(page, "reject") == reject


def test_the_words_of_our_own_banner_are_known_in_all_languages(page: Page) -> None:
    for language in languages():
        texts = banner_texts(language)
        page.set_content(
            NOTICE.format("".join(f"<button>{texts[key]}</button>" for key in ("accept_all", "reject_all")))
        )
        assert (found(page, "accept"), found(page, "reject")) == (texts["accept_all"], texts["reject_all"]), language
        assert texts["back"].lower() in WORDS["back"]


def test_a_known_tool_is_found_by_its_marks(page: Page) -> None:
    page.set_content('<div id="onetrust-banner-sdk"><button id="onetrust-accept-btn-handler">Jo</button></div>')
    assert found(page, "accept", selectors=True) == "onetrust-accept-btn-handler"
    assert found(page, "reject", selectors=True) is None


def test_controls_in_a_shadow_tree_are_found(page: Page) -> None:
    page.set_content('<section id="host" aria-label="Cookies"></section>')
    page.evaluate("document.querySelector('#host').attachShadow({mode: 'open'}).innerHTML = '<button>Accept</button>'")
    assert found(page, "accept") == "Accept"


@pytest.mark.parametrize(
    "body",
    [
        "<button>OK</button>",  # of whatever
        '<button style="display:none">Accept all</button>',
        NOTICE.format('<a href="/terms">Accept</a>'),  # leads away
        NOTICE.format("<button>Acceptable use</button>"),
    ],
)
def test_what_answers_no_banner_is_left(page: Page, body: str) -> None:
    page.set_content(body)
    assert found(page, "accept") is None
