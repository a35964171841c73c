"""Search of the documentation: its headings and paragraphs, and titles of pages in the reader's language."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from consent.dashboard.frame.locale import Labels
from consent.dashboard.insight.word_match import rank, words_of
from consent.web.docs_pages import Section, load_sections

DOCS = Labels(
    {
        "install": "Install",
        "embedding": "Embed the script, mark content, page API",
        "tags": "Tags, vendors and custom code",
        "publishing": "Preview, publish, versions",
        "banner": "Banner: look, texts, languages",
        "rules": "Rules of places",
        "signals": "Global Privacy Control and Do Not Track",
        "scanner": "Scans, audits, review",
        "statistics": "Statistics",
        "rights": "Requests of visitors",
        "accounts": "Choices that follow the account",
        "handover": "Choices across domains, apps and webviews",
        "erasure": "Erasure and retention",
        "evidence": "Evidence",
        "log": "Log and verification",
        "users": "Users, roles, sign-in",
        "http-api": "HTTP API",
        "cli": "Command line",
        "settings": "Settings of the service",
        "operating": "Operating",
        "config-as-code": "Config as code",
        "security": "Security",
    }
)
"""Pages of the documentation site by file name."""
FOR_DEVELOPERS = frozenset(
    {
        *("benchmarks", "classifier", "dashboard-pages", "engines", "how-a-request-travels", "law-assertions"),
        *("performance-notes", "renamed-codes", "translations", "versions"),
    }
)
"""Pages about the project itself, which come after pages about its use."""
REFERENCE = frozenset({"cli", "http-api", "javascript", "python", "settings"})
"""Pages of reference, which come after equally good matches elsewhere."""
OF_TITLE, OF_TEXT, DEVELOPERS_PENALTY, REFERENCE_PENALTY = 2, 4, 5, 3
PHRASE_IN_HEADING, PHRASE_IN_TEXT = -6, -5
"""How much better a section is that has all words of the search in a row."""
MAX_OF_A_PAGE, EXCERPT_LENGTH = 3, 110
_WORD = re.compile(r"[^\W_]+")
_ENDINGS = ("ies", "ing", "ed", "es", "s")
_MIN_STEM = 4
_SYNONYMS = {
    **dict.fromkeys(("dsar", "dsr"), "request"),
    **dict.fromkeys(("2fa", "mfa", "totp"), "second factor"),
    **dict.fromkeys(("rollback", "revert"), "restor"),
    **dict.fromkeys(("delete", "delet"), "eras"),
    **{"gtm": "tag manager", "ga": "google analytics", "ga4": "google analytics", "fb": "meta pixel"},
}
"""What the documentation calls a word that people search for; both are found."""
_UNIMPORTANT = frozenset(
    {
        *("a", "an", "and", "are", "by", "can", "do", "does", "for", "from", "how", "i", "in", "is", "it", "me", "my"),
        *("of", "on", "or", "our", "the", "to", "we", "what", "when", "where", "which", "with"),
    }
)


class Found(NamedTuple):
    """A place in the documentation: its title, address below `/docs/`, and where the words are."""

    title: str
    address: str
    note: str


class _Indexed(NamedTuple):
    section: Section
    heading: str
    title: str
    text: str


def search_docs(text: str) -> Iterator[Found]:
    """Yield the places in the documentation that match all words of `text`, best first."""
    sections = {one.section.page: one for one in reversed(_index())}
    words, of_page = words_of(text), Counter[str]()
    pages = {name for name in sections if name in DOCS and rank(words, DOCS[name], name) is not None}
    for name in DOCS:
        if name in pages:
            of_page[name] += 1
            yield Found(DOCS[name], f"{name}.html", "")
    terms, phrase = _terms(text), " ".join(_WORD.findall(text.casefold()))
    sections_to_rank = _index() if terms else []
    ranked = [(score, one.section) for one in sections_to_rank if (score := _score(terms, phrase, one)) is not None]
    for _, section in sorted(ranked, key=lambda one: one[0]):
        if section.page in pages and not section.anchor:
            continue
        of_page[section.page] += 1
        if of_page[section.page] <= MAX_OF_A_PAGE:
            address = f"{section.page}.html" + (f"#{section.anchor}" if section.anchor else "")
            yield Found(section.heading, address, _note(section, terms))


@cache
def _index() -> list[_Indexed]:
    return [_Indexed(one, *map(_spaced, (one.heading, one.title, one.text))) for one in load_sections()]


def _spaced(text: str) -> str:
    """Return the words of a text, each after a space, so that a word's start is found by a plain search."""
    return "".join(f" {word}" for word in _WORD.findall(text.casefold())) + " "


def _terms(text: str) -> list[str]:
    """Return the important words of a search without common endings."""
    words = _WORD.findall(text.casefold())
    return [_stem(word) for word in words if word not in _UNIMPORTANT] or words


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word.removesuffix(ending)
    return word


def _score(terms: list[str], phrase: str, one: _Indexed) -> int | None:
    """Return how well a section matches, lower being better, or None if a word is missing."""
    scores = [min(filter(None, (_score_of(word, one) for word in _called(term))), default=0) for term in terms]
    if not all(scores):
        return None
    score = sum(scores) + _penalty(one.section.page)
    if " " in phrase and f" {phrase}" in one.heading:
        return score + PHRASE_IN_HEADING
    return score + (PHRASE_IN_TEXT if " " in phrase and f" {phrase}" in one.text else 0)


def _called(term: str) -> list[str]:
    return [term, _SYNONYMS[term]] if term in _SYNONYMS else [term]


def _score_of(term: str, one: _Indexed) -> int:
    """Return how well one word matches, 1 being best, or 0 if it doesn't."""
    if f" {term}" in one.heading:
        return 1 if f" {term} " in one.heading else 2
    if f" {term}" in one.title:
        return 1 + OF_TITLE
    return 1 + OF_TEXT if f" {term}" in one.text else 0


def _penalty(page: str) -> int:
    return DEVELOPERS_PENALTY if page in FOR_DEVELOPERS else REFERENCE_PENALTY if page in REFERENCE else 0


def _note(section: Section, terms: list[str]) -> str:
    """Return the title of the page and the words around the first match."""
    called = [word for term in terms for word in _called(term)]
    at = min((found for word in called if (found := _place(section.text, word)) >= 0), default=0)
    start = max(section.text.rfind(". ", 0, at) + 2, at - EXCERPT_LENGTH // 2) if at else 0
    if start and section.text[start - 1] != " ":
        start = section.text.find(" ", start) + 1
    begins_sentence = start == 0 or section.text[:start].endswith(". ")
    excerpt = ("" if begins_sentence else "… ") + section.text[start : start + EXCERPT_LENGTH]
    if len(section.text) > start + EXCERPT_LENGTH:
        excerpt = excerpt.rpartition(" ")[0] + " …"
    parts = [section.title] if section.anchor else []
    return ": ".join([*parts, *([excerpt] if excerpt else [])])


def _place(text: str, term: str) -> int:
    match = re.search(rf"\b{re.escape(term)}", text, re.IGNORECASE)
    return match.start() if match else -1
