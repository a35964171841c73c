"""Accept and reject are found in other tools' banners, by their selectors or by words."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import async_playwright
from playwright.sync_api import Browser, BrowserContext, Page

import consent.scanner
from consent.presentation.texts import banner_texts, languages
from consent.scanner.banner.controls import find
from consent.scanner.browser.page_files import known_words
from tests.chromium import find_chromium, find_shell
from tests.scanner.async_thread import run_apart

pytestmark = pytest.mark.extended

FOLDER = Path(consent.scanner.__file__).parent / "browser" / "page"
SCRIPT = (FOLDER / "control.js").read_text("utf-8")
WORDS = known_words()
TOOLS = json.loads((FOLDER / "tools.json").read_text("utf-8"))
STEMS = json.loads((FOLDER / "stems.json").read_text("utf-8"))
LINKS = '<a id="yes" href="?cookies=yes">Alle akzeptieren</a><a href="/no?cookies=no">Alle ablehnen</a>'
NOTICE = '<div class="cookie-notice">{}</div>'


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """Open one page for all tests: each test replaces its content, and nothing is stored."""
    page = browser.new_page()
    yield page
    page.close()


def found(page: Page, kind: str, selectors: bool = False) -> str | None:
    asked = {"words": [] if selectors else WORDS[kind], "selectors": TOOLS[kind] if selectors else [], "kind": kind}
    asked["stems"] = None if selectors else STEMS
    element = page.evaluate_handle(SCRIPT[SCRIPT.index("\n(") + 1 :], asked).get_property("0").as_element()
    return element and str(element.evaluate("(e) => e.id || e.innerText || e.value"))


def frame_by_frame(page: Page) -> list[str | None]:
    """Return the texts of the accept and reject controls found across all frames."""

    async def look() -> list[str | None]:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=str(find_shell(find_chromium())))
            other = await browser.new_page()
            await other.set_content(content)
            controls = [await find(other, kind) for kind in ("accept", "reject")]
            return [control and await control[0].inner_text() for control in controls]

    content = page.content()
    said: list[str | None] = run_apart(look())
    return said


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
        ("Sallin kaikki", "Jatka hyväksymättä"),
        ("Elfogadom az összeset", "Folytatás elfogadás nélkül"),
        ("Da, sunt de acord", "Nu sunt de acord"),
        ("Slažem se", "Ne prihvaćam"),
        ("Strinjam se", "Ne strinjam se"),
        ("Onaylıyorum", "Kabul etmiyorum"),
        ("Συμφωνώ με όλα", "Μη αποδοχή"),
        ("Nõustun kõigega", "Ei nõustu"),
        ("Sutinku su visais", "Tęsti nesutikus"),
        ("Přijímám", "Nepřijímám"),
        ("Jeg godtar", "Avslå alle"),
        ("同意して続ける", "同意せずに続ける"),
        ("동의함", "동의하지 않음"),
        ("全部允許", "僅允許必要的"),
        ("J'autorise tout", "Je n'autorise pas"),
        ("No problem, accept", "Continue without cookies"),
        ("Kein Problem", "Nichts zulassen"),
        ("Why not?", "Required cookies only, please"),
        ("OK, don't show this again", "No, necessary cookies"),
        ("Accept required and optional cookies", "Accept required cookies"),
        ("Nicht-essentielle Cookies zulassen", "Weiter mit notwendigen Cookies"),
        ("Mit Werbung weiterlesen", "Lieber nicht"),
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


OPENERS = [
    "Manage or reject cookies",
    "No, let me choose",
    "Personnaliser ou refuser",
    "Nein, anpassen",
    "Odmów lub zmień ustawienia",
]
UNCLEAR = [
    "Accept or reject cookies",
    "Accept necessary and statistics",
    "Ohne Werbung: Abo für 2,99 € im Monat",
    "Subscribe and reject all",
    "Diesen Hinweis nicht mehr anzeigen",
    "Accept without personalised ads",
    "No me importa, acepto",
    "Allow all, no questions asked",
    "Required cookies",
]


@pytest.mark.parametrize(
    ("label", "opens"), [*((label, True) for label in OPENERS), *((label, False) for label in UNCLEAR)]
)
def test_what_opens_the_second_layer_or_is_no_plain_answer_answers_nothing(page: Page, label: str, opens: bool) -> None:
    page.set_content(NOTICE.format(f"<button>{label}</button>"))
    assert (found(page, "accept"), found(page, "reject")) == (None, None)
    assert found(page, "settings") == (label if opens else None)
    page.set_content(
        NOTICE.format(f"<button>Accept</button><p><button>{label}</button></p><button>Statistics</button>")
    )
    assert (found(page, "accept"), found(page, "reject")) == ("Accept", None)


@pytest.mark.parametrize(
    ("accept", "label"),
    [
        ("Accept all", "Required cookies"),
        ("Accept all", "Strictly necessary cookies"),
        ("Alle akzeptieren", "Unbedingt erforderliche Cookies"),
        ("Alles zulassen", "Notwendige"),
        ("Tout accepter", "Cookies strictement nécessaires"),
        ("Aceptar todo", "Cookies técnicas necesarias"),
        ("Accetta tutti", "Cookie necessari"),
        ("Alles accepteren", "Noodzakelijke cookies"),
        ("Akceptuję", "Niezbędne pliki cookie"),
        ("Aceitar tudo", "Cookies necessários"),
        ("Godkänn alla", "Nödvändiga kakor"),
        ("Hyväksy kaikki", "Välttämättömät evästeet"),
        ("Přijmout vše", "Nezbytné cookies"),
        ("すべて同意する", "必要なクッキー"),
        ("동의", "필수 쿠키"),
        ("全部接受", "必要的Cookie"),
    ],
)
def test_a_bare_name_of_what_is_needed_refuses_where_it_stands_as_an_answer(
    page: Page, accept: str, label: str
) -> None:
    answer = f"<button>{label}</button>"
    page.set_content(NOTICE.format(f"<h2>{label}</h2><div>{answer}<button>{accept}</button></div>"))
    assert (found(page, "accept"), found(page, "reject")) == (accept, label)
    page.set_content(NOTICE.format(f"<div>{answer}<button>{accept}</button></div><button>Reject all</button>"))
    assert found(page, "reject") == "Reject all"


@pytest.mark.parametrize(
    "body",
    [
        "<button>Required cookies</button><button>Save</button>",
        "<button aria-expanded='false'>Required cookies</button><button>Accept all</button>",
        "<button>Required cookies</button><button>Analytics cookies</button><button>Accept all</button>",
        "<button>Required cookies</button><label><input type='checkbox'>Analytics</label><button>Accept all</button>",
        "<button>About required cookies</button><button>Accept all</button>",
        "<a href='#needed'>Required cookies</a><button>Accept all</button>",
        "<button style='height:20px'>Required cookies</button><button style='height:40px'>Accept all</button>",
        "<summary>Required cookies</summary><button>Accept all</button>",
    ],
)
def test_a_bare_name_of_what_is_needed_is_a_heading_elsewhere(page: Page, body: str) -> None:
    page.set_content(NOTICE.format(body))
    assert found(page, "reject") is None
    page.set_content(f"<section>{body}</section>")
    assert found(page, "reject") is None


BAR = '<div class="q7" style="position:fixed;bottom:0">We use cookies <a href="#">Agree</a> <a href="#">Disagree</a></div>'
STRIP = '<div class="q7">We use cookies <a href="#">Agree</a> <a href="#">Disagree</a></div>'
NEWS = '<div role="dialog">Our newsletter, see our privacy policy <button>No thanks</button><button>OK</button></div>'


@pytest.mark.parametrize("notice", [BAR, STRIP], ids=["bar", "strip"])
def test_another_dialog_is_not_answered_in_place_of_the_notice(page: Page, notice: str) -> None:
    page.set_content(NEWS + notice)
    assert (found(page, "accept"), found(page, "reject")) == ("Agree", "Disagree")


def test_another_dialog_is_not_answered_where_the_notice_has_no_such_answer(page: Page) -> None:
    page.set_content(NEWS + BAR.replace("Disagree", "Preferences"))
    assert frame_by_frame(page) == ["Agree", None]


def test_a_frame_that_holds_nothing_but_the_notice_is_one(page: Page) -> None:
    inside = "We use cookies <button>Agree</button><button>Disagree</button>".replace('"', "&quot;")
    page.set_content(f'{NEWS}<iframe srcdoc="{inside}"></iframe>')
    assert frame_by_frame(page) == ["Agree", "Disagree"]


@pytest.mark.parametrize(
    "style",
    [
        "position:fixed;left:0;right:0;bottom:0;transform:translateY(110%)",
        "position:fixed;left:0;right:0;bottom:0;transform:translateX(110%)",
        "position:fixed;left:0;right:0;bottom:0;opacity:0",
        "position:fixed;left:0;right:0;bottom:0;visibility:hidden",
    ],
)
def test_does_not_find_a_hidden_or_disabled_button(page: Page, style: str) -> None:
    page.set_content(f'<div style="{style}">We use cookies <button>Reject all</button></div>')
    assert found(page, "reject") is None
    page.set_content('<div style="position:fixed;bottom:0">We use cookies <button disabled>Reject all</button></div>')
    assert found(page, "reject") is None


@pytest.mark.parametrize("body", ["<div onclick='1'>{}</div>", "<span style='cursor:pointer'>{}</span>"])
def test_an_element_that_only_listens_is_an_answer_in_a_notice_alone(page: Page, body: str) -> None:
    page.set_content(NOTICE.format(body.format("Alle ablehnen")))
    assert found(page, "reject") == "Alle ablehnen"
    page.set_content(body.format("Alle ablehnen") + NOTICE.format(f"<label>{body.format('Accept all')}</label>"))
    assert (found(page, "reject"), found(page, "accept")) == (None, None)


def test_a_link_that_answers_leads_to_the_page_itself(context: BrowserContext) -> None:
    page = context.new_page()
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
    ("host", "inside", "answers"),
    [
        ('<my-bar style="position:fixed"></my-bar>', "<p>We use cookies.</p>{}", ("OK", "Decline")),
        ("<my-bar></my-bar>", "<style>p { margin: 0 }</style><p>We use cookies.</p>{}", ("Accept", "Reject")),
        ("<cookie-notice></cookie-notice>", "{}", ("OK", "No")),
        ('<my-bar role="dialog"></my-bar>', "<p>We use cookies.</p>{}", ("Accept all", "Required cookies")),
    ],
)
def test_answers_that_stand_directly_in_a_shadow_tree_are_in_its_notice(
    page: Page, host: str, inside: str, answers: tuple[str, str]
) -> None:
    page.set_content(f"<main>{'Words of the page. ' * 100}</main>{host}")
    buttons = "".join(f"<button>{answer}</button>" for answer in answers)
    page.evaluate(
        "(html) => { document.body.lastElementChild.attachShadow({ mode: 'open' }).innerHTML = html }",
        inside.replace("{}", buttons),
    )
    assert (found(page, "accept"), found(page, "reject")) == answers


def test_a_placeholder_of_a_held_frame_is_not_a_notice(page: Page) -> None:
    page.set_content("<main>{}<consent-placeholder></consent-placeholder></main>".format("Words of the page. " * 100))
    page.evaluate(
        """document.querySelector("consent-placeholder").attachShadow({ mode: "open" }).innerHTML =
        "<p>Video sets cookies here.</p><button>Load once</button><button>Always allow</button>" """
    )
    assert found(page, "accept") is None


@pytest.mark.parametrize(
    "body",
    [
        "<button>OK</button>",  # for anything
        '<button style="display:none">Accept all</button>',
        NOTICE.format('<a href="/terms">Accept</a>'),  # leaves the page
        NOTICE.format("<button>Acceptable use</button>"),
    ],
)
def test_ignores_controls_that_do_not_answer_a_banner(page: Page, body: str) -> None:
    page.set_content(body)
    assert found(page, "accept") is None
