"""Publish checks of the owner's custom texts: required statements, button labels, confirmed languages."""

from collections.abc import Iterator

from consent.core.documents.config import Config, Draft
from consent.core.groups import ESSENTIAL, OPTIONAL
from consent.core.translatable import translatable
from consent.presentation.button_intents import accepts, has_visible_text, refuses
from consent.presentation.languages import language_info
from consent.presentation.links import LINKED, unrendered_link
from consent.presentation.texts import banner_texts, owner_texts
from consent.sites.draft_validation import DraftProblem


def is_confirmed(language: str, draft: Draft, live: Config | None) -> bool:
    """Return whether `language` may be published: read by a speaker, confirmed in `draft`, or in the `live` config."""
    published = live["texts"]["languages"] if live else {}
    return language in published or language in confirmed(draft) or language_info(language).reviewed


def confirmed(draft: Draft) -> list[str]:
    """Return the languages that the owner has confirmed in `draft`."""
    languages: list[str] = draft["texts"].get("confirmed", [])
    return languages


def unconfirmed(draft: Draft, live: Config | None) -> list[str]:
    """Return the languages of `draft` that prevent it from being published, in their order."""
    return [language for language in draft["texts"]["languages"] if not is_confirmed(language, draft, live)]


def unconfirmed_sentence(languages: list[str]) -> str:
    """Return in words what is missing before `languages` can be published."""
    names = ", ".join(language_info(language).english_name for language in languages)
    return translatable(f"These texts have not been reviewed by a speaker or confirmed here: {names}.")


MUST_NAME = ("text", "notice")
"""Texts that must name what `MISSING_NAMES` lists."""
MISSING_NAMES = {
    ("{controller}",): translatable(
        "the text must say who is responsible; write {controller} where it belongs.",
    ),
    ("{partners}", "{vendors}"): translatable(
        "the text must say how many third parties there are; write {partners} or {vendors} where it belongs.",
    ),
}
"""What is missing from such a text, by the placeholders of which it needs at least one."""
NAMING_RULE = "GDPR art. 13(1)(a) and (e); CNIL guidelines of 17 Sep 2020"
FIXED = {
    "status": "11 CCR 7025(c)(6)",
    "link_do_not_sell_or_share": "Cal. Civ. Code 1798.135(a)(1)",
    "link_limit_sensitive_pi": "Cal. Civ. Code 1798.135(a)(2)",
    "link_your_privacy_choices": "11 CCR 7015(b)",
}
"""English wording prescribed by a law, with that law."""
GROUP_NAMES = (ESSENTIAL, *OPTIONAL)
TOGETHER = (
    ("reject_all", "accept_all", "settings"),
    ("reject_all", "accept_all", "save"),
    ("opt_out", "dismiss", "settings"),
    ("load_once", "always_allow"),
)
"""Buttons shown next to each other, the refusing one first."""
BUTTONS = tuple(dict.fromkeys(key for keys in TOGETHER for key in keys))
ACCEPTS = ("accept_all",)
REFUSES = ("reject_all", "opt_out")
ACCEPTS_NOT = ("save", "dismiss", "close")
REFUSES_NOT = ("settings", "save", "dismiss")
MAX_BUTTON_LENGTH = 40
PARITY_RULE = "EDPB guidelines 03/2022; 11 CCR 7004(a)"
WITHDRAWAL_RULE = "GDPR art. 7(3)"


def text_errors(draft: Draft) -> Iterator[DraftProblem]:
    """Yield what the custom texts of `draft` omit or change against a law."""
    languages = draft["texts"]["languages"]
    for language in languages:
        own = owner_texts(language, languages)
        for path, sentence, rule in _text_problems(language, own):
            where = f"texts.languages.{language}.{path}"
            yield DraftProblem(where, f"In {language_info(language).english_name}: {sentence}", rule)


def _text_problems(language: str, own: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    shown_texts = banner_texts(language) | own
    yield from (
        (key, translatable("this has no letters or digits."), NAMING_RULE)
        for key, text in own.items()
        if not has_visible_text(text)
    )
    yield from _missing_names(own)
    yield from _altered_wording(language, own)
    yield from _buttons(own, shown_texts)
    yield from _answers(language, own)
    yield from _reopen_link(own, shown_texts)
    yield from _groups(language, own)
    yield from _links(own)


def _missing_names(own: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for key in MUST_NAME:
        for marks, sentence in MISSING_NAMES.items():
            if key in own and not any(mark in own[key] for mark in marks):
                yield key, sentence, NAMING_RULE


def _altered_wording(language: str, own: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    if not language.startswith("en"):
        return
    for key, law in FIXED.items():
        given = banner_texts(language)[key]
        if key in own and own[key] != given:
            yield key, translatable(f"the law gives these words: “{given}”."), law


def _buttons(own: dict[str, str], shown: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for key in BUTTONS:
        if key in own and len(own[key]) > MAX_BUTTON_LENGTH:
            yield key, translatable(f"a button can have at most {MAX_BUTTON_LENGTH} characters."), PARITY_RULE
    for keys in TOGETHER:
        words = [_plain(shown[key]) for key in keys]
        for key, word in zip(keys, words, strict=True):
            if key in own and words.count(word) > 1:
                yield key, translatable("the button must not have the same text as another one beside it."), PARITY_RULE
                break


def _answers(language: str, own: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield buttons with custom labels that contradict their action, or are meaningless."""
    given = banner_texts(language)
    for key in own:
        if key in ACCEPTS and not accepts(own[key], language):
            yield key, translatable(f"the button that accepts must say so, as “{given[key]}” does."), PARITY_RULE
        if key in REFUSES and not refuses(own[key], language):
            yield key, translatable(f"the button that refuses must say so, as “{given[key]}” does."), PARITY_RULE
        if key in ACCEPTS_NOT and accepts(own[key], language):
            yield (
                key,
                translatable(f"this button does not accept anything, so it must not say so; “{given[key]}” does not."),
                PARITY_RULE,
            )
        if key in REFUSES_NOT and refuses(own[key], language):
            yield (
                key,
                translatable(f"this button does not refuse anything, so it must not say so; “{given[key]}” does not."),
                PARITY_RULE,
            )


def _reopen_link(own: dict[str, str], shown: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    if own.keys() & {"withdrawal", "back"} and _plain(shown["back"]) not in shown["withdrawal"].casefold():
        sentence = translatable(
            f"the text must say where a choice is withdrawn; name the button, “{shown['back'].strip()}”."
        )
        yield "withdrawal", sentence, WITHDRAWAL_RULE


def _groups(language: str, own: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield groups with the shipped name of another group."""
    given = {key: _plain(banner_texts(language)[key]) for key in GROUP_NAMES}
    for key in own:
        if key in given and _plain(own[key]) in {name for other, name in given.items() if other != key}:
            yield key, translatable("this is the name of another group."), NAMING_RULE


def _links(own: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for key, text in own.items():
        if seen := unrendered_link(key, text):
            where = (
                translatable("an address begins with https://")
                if key in LINKED
                else translatable("only the two long texts can hold a link")
            )
            yield key, translatable(f"visitors would see “{seen}” as is: {where}."), ""


def _plain(text: str) -> str:
    return text.strip().casefold()
