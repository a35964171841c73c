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
STEMS = json.loads((FOLDER / "stems.json").read_text("utf-8"))
LINKS = '<a id="yes" href="?cookies=yes">Alle akzeptieren</a><a href="/no?cookies=no">Alle ablehnen</a>'
NOTICE = '<div class="cookie-notice">{}</div>'


def found(page: Page, kind: str, selectors: bool = False) -> str | None:
    asked = {"words": [] if selectors else WORDS[kind], "selectors": TOOLS[kind] if selectors else [], "kind": kind}
    asked["stems"] = None if selectors else STEMS
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


@pytest.mark.parametrize(
    ("accept", "reject"),
    [
        ("Yes, that's fine with me", "No, I would rather not"),
        ("Accept non-essential cookies", "Accept all essential cookies"),
        ("Ja, gerne alle Kekse annehmen", "Alle Kekse abwählen"),
        ("Zustimmen & weiterlesen", "Weiterlesen ohne Zustimmung"),
        ("Alle Dienste erlauben", "Nicht notwendige Dienste ablehnen"),
        ("Optionale Dienste erlauben", "Notwendige Dienste erlauben"),
        ("J’accepte les traceurs", "N’accepter que les traceurs nécessaires"),
        ("Oui pour moi", "Non pour moi"),
        ("Zgoda, czytam dalej", "Czytam dalej bez zgody"),
        ("Zezwól na opcjonalne pliki", "Zezwól na niezbędne pliki"),
        ("Permitir las opcionales", "Solo las imprescindibles"),
        ("クッキーに同意する", "クッキーに同意しない"),
    ],
)
def test_controls_that_no_list_has_are_found_by_what_their_words_mean(page: Page, accept: str, reject: str) -> None:
    assert accept.lower() not in WORDS["accept"]
    assert reject.lower() not in WORDS["reject"]
    body = f"<button>Acceptable use</button><a role=tab>Allow</a><button>{reject}</button><button>{accept}</button>"
    page.set_content(f"{NOTICE.format(body)}<button>{accept}</button>")
    assert found(page, "accept") == accept
    assert page.evaluate("() => document.querySelectorAll('button')[3].remove()") is None
    assert (found(page, "accept"), found(page, "reject")) == (accept, reject)
    page.set_content(f"<button>{reject}</button><button>{accept}</button>")
    assert (found(page, "accept"), found(page, "reject")) == (None, None)


@pytest.mark.parametrize("body", ["<div onclick='1'>{}</div>", "<span style='cursor:pointer'>{}</span>"])
def test_an_element_that_only_listens_is_an_answer_in_a_notice_alone(page: Page, body: str) -> None:
    page.set_content(NOTICE.format(body.format("Alle ablehnen")))
    assert found(page, "reject") == "Alle ablehnen"
    page.set_content(body.format("Alle ablehnen") + NOTICE.format(f"<label>{body.format('Accept all')}</label>"))
    assert (found(page, "reject"), found(page, "accept")) == (None, None)


def test_a_link_that_answers_leads_to_the_page_itself(page: Page) -> None:
    page.route("**/*", lambda route: route.fulfill(content_type="text/html", body=NOTICE.format(LINKS)))
    page.goto("http://www.site.test/shop?item=1")
    assert (found(page, "accept"), found(page, "reject")) == ("yes", None)


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
