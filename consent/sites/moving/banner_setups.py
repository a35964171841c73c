"""Read the setups of klaro, orejime and vanilla-cookieconsent from their configuration objects."""

from typing import Any

from consent.core.translatable import translatable
from consent.sites.moving.script_literals import Code
from consent.sites.moving.setup import Service, Setup, cookie_names, number_of, part, text_of, texts_of

MAX_NAME = 80
STORED = {
    "localStorage": translatable(
        "Choices were stored in local storage without a date. Refusals count, and the banner asks for the rest."
    ),
    "sessionStorage": translatable(
        "Choices were stored in session storage, which ends with the visit. There are none to import."
    ),
}
"""What happens to klaro's choices, by its `storageMethod`."""


def read_object(found: dict[str, Any], code: str) -> Setup | None:
    """Return the setup in the object `found`, or None; `code` is the code around it."""
    if _has_named(found.get("purposes"), "id"):
        return _orejime(found)
    if _has_named(found.get("services"), "name") or _has_named(found.get("apps"), "name"):
        return _klaro(found, is_orejime="orejime" in code.lower() and "klaro" not in code.lower())
    if isinstance(found.get("categories"), dict) and isinstance(found.get("language"), dict):
        return _vanilla(found)
    if _blocks(found):
        return _second_vanilla(found)
    return None


def _has_named(values: Any, name: str) -> bool:
    return isinstance(values, list) and any(isinstance(one, dict) and text_of(one.get(name)) for one in values)


def _klaro(found: dict[str, Any], *, is_orejime: bool) -> Setup:
    services, left = [], []
    listed = found.get("services") if isinstance(found.get("services"), list) else found.get("apps")
    for one in _objects(listed):
        name = text_of(one.get("name"))[:MAX_NAME]
        if not name:
            left.append(translatable("A service has a name that is computed by code."))
            continue
        purposes = one.get("purposes")
        services.append(
            Service(
                name,
                text_of(one.get("title")),
                tuple(text_of(word) for word in purposes) if isinstance(purposes, list) else (),
                cookie_names(one.get("cookies")),
                one.get("required") is True,
            )
        )
        left += _code_of(one, name, ("callback", "onAccept"))
        if one.get("optOut") is True or one.get("default") is True:
            left.append(
                translatable(
                    f"{name} ran before a choice. Here the rules of the visitor's place decide when it may run."
                )
            )
    texts = {
        language: texts_of(
            {
                "title": part(strings, "consentNotice", "title") or part(strings, "consentModal", "title"),
                "text": part(strings, "consentNotice", "description"),
                "accept_all": part(strings, "acceptAll") or part(strings, "ok"),
                "reject_all": part(strings, "decline"),
                "settings": part(strings, "consentNotice", "learnMore"),
                "save": part(strings, "acceptSelected"),
            }
        )
        for language, strings in part(found, "translations").items()
        if isinstance(strings, dict) and language != "zz"
    }
    policy = found.get("privacyPolicy") or part(found, "translations", "zz", "privacyPolicyUrl")
    if sentence := STORED.get(text_of(found.get("storageMethod"))):
        left.append(sentence)
    return Setup(
        "orejime" if is_orejime else "klaro",
        services,
        text_of(found.get("storageName") or found.get("cookieName")),
        number_of(found.get("cookieExpiresAfterDays")),
        0,
        text_of(policy),
        text_of(found.get("lang")),
        texts,
        tuple(left),
    )


def _orejime(found: dict[str, Any]) -> Setup:
    services: list[Service] = []
    left: list[str] = []
    undecided: list[str] = []
    for one in _leaves(found.get("purposes")):
        name = text_of(one.get("id"))[:MAX_NAME]
        if name:
            required = one.get("isMandatory") is True or one.get("isExempt") is True
            services.append(
                Service(name, text_of(one.get("title")), (name,), cookie_names(one.get("cookies")), required)
            )
            if one.get("isExempt") is True:
                undecided.append(
                    translatable(f"{name} was exempt from consent. Check under Tags whether the exemption holds here.")
                )
        left += _code_of(one, name, ("onAccept", "onChange"))
    texts = texts_of(
        {
            "title": part(found, "translations", "banner", "title"),
            "text": part(found, "translations", "banner", "description"),
            "accept_all": part(found, "translations", "banner", "accept"),
            "reject_all": part(found, "translations", "banner", "decline"),
            "settings": part(found, "translations", "banner", "configure"),
            "save": part(found, "translations", "modal", "save"),
        }
    )
    language = text_of(found.get("lang")) or "en"
    cookie = part(found, "cookie")
    return Setup(
        "orejime",
        services,
        text_of(part(cookie, "name")),
        number_of(part(cookie, "duration")),
        0,
        text_of(found.get("privacyPolicyUrl")),
        language,
        {language: texts} if texts else {},
        tuple(left),
        tuple(undecided),
    )


def _leaves(values: Any, depth: int = 0) -> list[dict[str, Any]]:
    """Return the purposes in a list, with groups replaced by their purposes."""
    found = []
    for one in _objects(values):
        inner = _leaves(one.get("purposes"), depth + 1) if depth < 3 else []
        found += inner or [one]
    return found


def _vanilla(found: dict[str, Any]) -> Setup:
    services: list[Service] = []
    left: list[str] = []
    for category, facts in found["categories"].items():
        required = part(facts, "readOnly") is True
        cookies = cookie_names(part(facts, "autoClear", "cookies"))
        named = part(facts, "services")
        services += [
            Service(
                f"{category}:{name}"[:MAX_NAME],
                text_of(part(one, "label")),
                (category,),
                cookie_names(part(one, "cookies")),
                required,
            )
            for name, one in (named.items() if isinstance(named, dict) else ())
        ]
        services.append(Service(category[:MAX_NAME], "", (category,), cookies, required))
        for name, one in named.items() if isinstance(named, dict) else ():
            left += _code_of(one, name, ("onAccept", "onReject"))
        if part(facts, "enabled") is True and not required:
            left.append(
                translatable(
                    f"{category} was on before a choice. Here the rules of the visitor's place decide when it may run."
                )
            )
    left += _code_of(found, translatable("The banner"), ("onConsent", "onFirstConsent", "onChange"))
    texts = {
        language: texts_of(
            {
                "title": part(strings, "consentModal", "title"),
                "text": part(strings, "consentModal", "description"),
                "accept_all": part(strings, "consentModal", "acceptAllBtn"),
                "reject_all": part(strings, "consentModal", "acceptNecessaryBtn"),
                "settings": part(strings, "consentModal", "showPreferencesBtn"),
                "save": part(strings, "preferencesModal", "savePreferencesBtn"),
            }
        )
        for language, strings in part(found, "language", "translations").items()
        if isinstance(strings, dict)
    }
    default = text_of(part(found, "language", "default"))
    revision = number_of(found.get("revision")) or 0
    name = text_of(part(found, "cookie", "name"))
    return Setup("vanilla-cookieconsent", services, name, None, revision, "", default, texts, tuple(left))


def _blocks(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the settings blocks of vanilla-cookieconsent 2, in the first language that has any."""
    for strings in part(found, "languages").values() if isinstance(found.get("languages"), dict) else ():
        if blocks := _objects(part(strings, "settings_modal", "blocks")):
            return blocks
    return []


def _second_vanilla(found: dict[str, Any]) -> Setup:
    services = []
    for block in _blocks(found):
        toggle = block.get("toggle")
        if name := text_of(part(toggle, "value"))[:MAX_NAME]:
            rows = block.get("cookie_table")
            cookies = cookie_names([next(iter(row.values()), "") for row in _objects(rows)])
            services.append(
                Service(name, text_of(block.get("title")), (name,), cookies, part(toggle, "readonly") is True)
            )
    texts = {
        language: texts_of(
            {
                "title": part(strings, "consent_modal", "title"),
                "text": part(strings, "consent_modal", "description"),
                "accept_all": part(strings, "consent_modal", "primary_btn", "text"),
                "reject_all": part(strings, "consent_modal", "secondary_btn", "text"),
                "save": part(strings, "settings_modal", "save_settings_btn"),
            }
        )
        for language, strings in found["languages"].items()
        if isinstance(strings, dict)
    }
    name, language = text_of(found.get("cookie_name")), text_of(found.get("current_lang"))
    left = _code_of(found, translatable("The banner"), ("onAccept", "onChange", "onFirstAction"))
    revision = number_of(found.get("revision")) or 0
    return Setup("vanilla-cookieconsent", services, name, None, revision, "", language, texts, tuple(left))


def _objects(values: Any) -> list[dict[str, Any]]:
    return [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []


def _code_of(facts: Any, name: str, hooks: tuple[str, ...]) -> list[str]:
    """Return a sentence for each of `hooks` that is code."""
    held = facts if isinstance(facts, dict) else {}
    return [
        translatable(f"{name} runs code in its hook {hook}, which is not imported.")
        for hook in hooks
        if isinstance(held.get(hook), Code)
    ]
