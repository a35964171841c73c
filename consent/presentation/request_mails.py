"""Mails to visitors who made a request: plain text in their language, with the link that confirms or follows it."""

from typing import NamedTuple

from consent.presentation.texts import labelled, request_texts


class Mail(NamedTuple):
    """Subject and text of a mail."""

    subject: str
    text: str


def confirmation_mail(language: str, controller: str, kind: str, link: str) -> Mail:
    """Return the mail whose `link` confirms a request of that kind."""
    texts = _texts(language, controller)
    return _mail(texts, texts[f"kind_{kind}"], texts["mail_confirm"], link)


def received_mail(language: str, controller: str, kind: str, due: str, link: str) -> Mail:
    """Return the mail that a request is in the register, answered by `due`, with the `link` to follow it by."""
    texts = _texts(language, controller)
    parts = (texts["rights_received"], texts[f"kind_{kind}"], labelled(texts["rights_due"], due, language))
    return _mail(texts, *parts, texts["rights_keep"], link)


def changed_mail(language: str, controller: str, kind: str, link: str) -> Mail:
    """Return the mail that the state of a request has changed; what it is now stands behind the `link` alone."""
    texts = _texts(language, controller)
    return _mail(texts, texts["mail_changed"], texts[f"kind_{kind}"], link)


def _texts(language: str, controller: str) -> dict[str, str]:
    # A name of a controller has no line ends, which would begin another header of the mail.
    name = " ".join(controller.split())
    return {key: text.replace("{controller}", name) for key, text in request_texts(language).items()}


def _mail(texts: dict[str, str], *parts: str) -> Mail:
    return Mail(texts["mail_subject"], "\n\n".join(parts) + "\n")
