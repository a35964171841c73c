"""What the owner's own texts must still say to be published."""

from collections.abc import Iterator
from typing import Any

from consent.snapshots.fault import Fault
from consent.snapshots.texts import banner_texts, language_info, owner_texts

MUST_NAME = {
    "text": ("{controller}", "{vendors}"),
    "notice": ("{controller}", "{vendors}"),
}
"""What a text is to name, by its placeholder."""
NAMED_WORDS = {"{controller}": "who is responsible", "{vendors}": "how many third parties there are"}
NAMING_RULE = "GDPR art. 13(1)(a) and (e); CNIL guidelines of 17 Sep 2020"
FIXED = {
    "status": "11 CCR 7025(c)(6)",
    "link_do_not_sell_or_share": "Cal. Civ. Code 1798.135(a)(1)",
    "link_limit_sensitive_pi": "Cal. Civ. Code 1798.135(a)(2)",
    "link_your_privacy_choices": "11 CCR 7015(b)",
}
"""English words that a law gives, with that law."""
ANSWERS = ("accept_all", "reject_all", "settings")
MOST_ON_A_BUTTON = 40
PARITY_RULE = "EDPB guidelines 03/2022; 11 CCR 7004(a)"


def text_faults(draft: dict[str, Any]) -> Iterator[Fault]:
    """Yield what the own texts of `draft` leave out or change that a law wants said."""
    languages = draft["texts"]["languages"]
    for language in languages:
        own = owner_texts(language, languages)
        for path, sentence, rule in (*_unnamed(own), *_reworded(language, own), *_answers(language, own)):
            where = f"texts.languages.{language}.{path}"
            yield Fault(where, f"In {language_info(language).english_name}: {sentence}", rule)


def _unnamed(own: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for key, marks in MUST_NAME.items():
        for mark in marks:
            if key in own and mark not in own[key]:
                words = NAMED_WORDS[mark]
                yield key, f"the text must say {words}; write {mark} where it belongs.", NAMING_RULE


def _reworded(language: str, own: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    if not language.startswith("en"):
        return
    for key, law in FIXED.items():
        given = banner_texts(language)[key]
        if key in own and own[key] != given:
            yield key, f"the law gives these words: “{given}”.", law


def _answers(language: str, own: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    said = banner_texts(language) | own
    for key in ANSWERS:
        if len(said[key]) > MOST_ON_A_BUTTON:
            yield key, f"a button says at most {MOST_ON_A_BUTTON} characters.", PARITY_RULE
    for key in ("accept_all", "settings"):
        if said[key].strip().casefold() == said["reject_all"].strip().casefold():
            yield "reject_all", "the button that refuses must not say the same as another.", PARITY_RULE
