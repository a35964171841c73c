"""Translations of the dashboard and of mails, from the catalogs in consent/translations/dashboard.

English is the source. Each process parses the .po file of a language once, when the language is first used.
"""

import io
import re
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from consent.core.groups import GROUPS
from consent.core.translatable import translatable
from consent.presentation.languages import language_info, languages

FOLDER = Path(__file__).parent.parent / "translations" / "dashboard"
DOMAIN = "dashboard"
TRANSLATED = ("de", "fr", "es")
LANGUAGES = ("en", *TRANSLATED)
"""Languages of the dashboard."""
LANGUAGE_NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español"}
"""Each language's own name."""
MIN_WORDS = 8
"""How many fixed characters a message with placeholders needs, so that its pattern is specific enough to match by."""
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
MORE = re.compile(r"(?P<names>.+) and (?P<count>[\d,]+) more", re.DOTALL)
IN_BRACKETS = re.compile(r"([^()]+) \(([^()]+)\)")
FIGURE = re.compile(r"(?<![\w.,:/-])(?:\d{4}-\d\d-\d\d|\d{1,3}(?:,\d{3})+|\d[\d,]*(?:\.\d+)?%)(?![\w/:-])")
"""A date, number with separators or percentage, in English format, within a value."""
PREFIXED = re.compile(r"(?P<kind>Variant|In) (?P<name>[^:]+): (?P<sentence>.+)", re.DOTALL)
"""A fault of a variant or of a language's texts."""
WITH_RULE = re.compile(r"(?P<sentence>.+?) (?P<rule>\((?=\d* ?[A-Z]{3}|Cal\.)(?:[^()]|\([^()]*\))*\))\.", re.DOTALL)
"""A fault with the rule behind it, as `DraftProblem.words` writes it."""
ISO_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
SENTENCE_END = re.compile(r"(?<=[.!?]) (?=\S)")


def catalog_path(language: str) -> Path:
    """Return the path of a language's catalog."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


@cache
def translations(language: str) -> NullTranslations:
    """Return the translations into `language`; for English and languages not shipped, sentences stay as they are."""
    if language not in TRANSLATED:
        return NullTranslations()
    with catalog_path(language).open("rb") as file:
        catalog = read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled, DOMAIN)


@lru_cache(4096)
def translate(sentence: str, language: str) -> str:
    """Return a service's English sentence in `language`, including the values in it; unchanged if it is unknown."""
    if not sentence:
        # The empty msgid is the catalog's header.
        return sentence
    known = translations(language)
    translated = known.gettext(sentence)
    if translated != sentence or language not in TRANSLATED:
        return translated
    if problem := _problem(sentence, language):
        return problem
    parts, fitting = SENTENCE_END.split(sentence), ""
    for fixed, pattern, msgid in _patterns(language):
        if fixed in sentence and (found := pattern.fullmatch(sentence)):
            values = {name: value or "" for name, value in found.groupdict().items()}
            text = known.gettext(msgid) % {name: value and _value(value, language) for name, value in values.items()}
            # With several sentences, a pattern may match only because one of its values includes another sentence.
            if len(parts) == 1 or not any(map(SENTENCE_END.search, values.values())):
                return text
            fitting = fitting or text
    each = [translate(part, language) for part in parts] if len(parts) > 1 else []
    if each and (not fitting or all(one != part for one, part in zip(each, parts, strict=True))):
        return " ".join(each)
    return fitting or sentence


def _problem(sentence: str, language: str) -> str:
    """Return a fault with a prefix or a rule in `language`; empty if `sentence` isn't one, or its core is unknown."""
    if parts := WITH_RULE.fullmatch(sentence):
        core = f"{parts['sentence']}."
        if (text := translate(core, language)) != core:
            return f"{text.removesuffix('.')} {parts['rule']}."
    if parts := PREFIXED.fullmatch(sentence):
        core = translate(parts["sentence"], language)
        name = parts["name"] if parts["kind"] == "Variant" else _language_name(parts["name"], language)
        if name and core != parts["sentence"]:
            variant, words = (
                translatable("Variant %(name)s: %(sentence)s"),
                translatable("In %(language)s: %(sentence)s"),
            )
            msgid = variant if parts["kind"] == "Variant" else words
            return translations(language).gettext(msgid) % {"name": name, "language": name, "sentence": core}
    return ""


@cache
def _language_codes() -> dict[str, str]:
    """Return the codes of the banner's languages by their English names."""
    return {language_info(code).english_name: code for code in languages()}


def _language_name(name: str, language: str) -> str:
    """Return the name in `language` of the language with the English name `name`; empty if the banner has none."""
    code = _language_codes().get(name)
    return Locale.parse(code, sep="-").get_display_name(language) or "" if code else ""


def with_written_dates(sentence: str, locale: str | Locale) -> str:
    """Return `sentence` with its dates, such as `2026-11-24`, in the format of `locale`."""
    return ISO_DATE.sub(lambda found: written_date(found[0], locale), sentence)


def written_date(text: str, locale: str | Locale) -> str:
    """Return a date such as `2026-11-24` in the format of `locale`; other text stays as it is."""
    with suppress(ValueError):
        return format_date(date.fromisoformat(text), locale=locale)
    return text


def translate_list(phrases: str, language: str) -> str:
    """Return phrases separated by commas in `language`, such as `after rejecting in DE, GB, under GPC`."""
    return ", ".join(_phrase(one, language) for one in phrases.split(", "))


def _phrase(phrase: str, language: str) -> str:
    situation, _, regions = phrase.rpartition(" in ")
    say = translations(language).gettext
    text = say(phrase)
    if text == phrase and situation and say(situation) != situation:
        return say(translatable("%(situation)s in %(regions)s")) % {"situation": say(situation), "regions": regions}
    return _value(phrase, language) if text == phrase else text


def _value(value: str, language: str) -> str:
    """Return a value within a sentence, translated: a group's name, its entry in the catalog, or a whole sentence.

    Lists are translated item by item; numbers, percentages and dates are formatted for the language.
    """
    known = translations(language)
    if value not in GROUPS:
        text = known.gettext(value)
        if text != value:
            return text
        if found := MORE.fullmatch(value):
            return known.gettext("%(names)s and %(count)s more") % {
                "names": _value(found["names"], language),
                "count": _value(found["count"], language),
            }
        names = [_language_name(name, language) for name in value.split(", ")]
        if all(names):
            return ", ".join(names)
        if "; " in value:
            return "; ".join(_value(part, language) for part in value.split("; ") if part)
        if found := IN_BRACKETS.fullmatch(value):
            return f"{_value(found[1], language)} ({translate_list(found[2], language)})"
        text = translate(value, language)
        return text if text != value else FIGURE.sub(lambda match: _figure(match[0], language), value)
    name = known.gettext(value.capitalize())
    return name if language == "de" else name.lower()


def _figure(text: str, language: str) -> str:
    """Return a date, percentage or number with separators, formatted for `language`."""
    if text[-1] == "%":
        share = Decimal(text[:-1].replace(",", "")) / 100
        return format_percent(share, locale=language, decimal_quantization=False)
    if "-" in text:
        return written_date(text, language)
    return format_decimal(Decimal(text.replace(",", "")), locale=language)


@cache
def _patterns(language: str) -> list[tuple[str, re.Pattern[str], str]]:
    """Return the longest fixed part, pattern and msgid of each message with placeholders, most fixed text first."""
    with catalog_path(language).open("rb") as file:
        ids = [message.id for message in read_po(file, locale=language) if isinstance(message.id, str)]
    found = []
    for msgid in ids:
        parts = PLACEHOLDER.split(msgid)
        fixed = [part.replace("%%", "%") for part in parts[::2]]
        if len(parts) > 1 and sum(map(len, fixed)) >= MIN_WORDS and len(set(parts[1::2])) == len(parts[1::2]):
            names = [f"(?P<{name}>.*?)" for name in parts[1::2]]
            body = "".join(re.escape(words) + name for words, name in zip(fixed, [*names, ""], strict=True))
            found.append((max(fixed, key=len), re.compile(body, re.DOTALL), msgid))
    return sorted(found, key=lambda one: -sum(map(len, PLACEHOLDER.split(one[2])[::2])))
