"""Mails to visitors who made a request: plain text in their language, with a link to confirm or track it."""

from typing import NamedTuple

from consent.presentation.texts import labeled, request_texts


class Mail(NamedTuple):
    """A mail's subject and text."""

    subject: str
    text: str


def confirmation_mail(language: str, controller: str, kind: str, link: str) -> Mail:
    """Return the mail with the `link` that confirms a request of this kind."""
    texts = _texts(language, controller)
    return _mail(texts, texts[f"kind_{kind}"], texts["mail_confirm"], link)


def received_mail(language: str, controller: str, kind: str, due: str, link: str) -> Mail:
    """Return the mail that acknowledges a request, due on `due`, with the `link` to track it."""
    texts = _texts(language, controller)
    parts = (texts["rights_received"], texts[f"kind_{kind}"], labeled(texts["rights_due"], due, language))
    return _mail(texts, *parts, texts["rights_keep"], link)


def changed_mail(language: str, controller: str, kind: str, link: str) -> Mail:
    """Return the mail that a request's state has changed; only the page at `link` shows the new state."""
    texts = _texts(language, controller)
    return _mail(texts, texts["mail_changed"], texts[f"kind_{kind}"], link)


def _texts(language: str, controller: str) -> dict[str, str]:
    # Line breaks in the controller's name would start another mail header.
    name = " ".join(controller.split())
    return {key: text.replace("{controller}", name) for key, text in request_texts(language).items()}


def _mail(texts: dict[str, str], *parts: str) -> Mail:
    return Mail(texts["mail_subject"], "\n\n".join(parts) + "\n")
