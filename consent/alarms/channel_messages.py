"""Messages to Slack, Microsoft Teams, plain webhooks and mail addresses.

Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, with `&`, `<` and `>` escaped.
Teams: an Adaptive Card 1.4 for a workflow webhook ("Create incoming webhooks with Workflows", Microsoft support).

Both use plain text for the names of sites and cookies. Slack's `mrkdwn` and a Teams `TextBlock`, which parses Markdown,
would drop characters such as `_` and could turn a name into a link.
"""

import re
from typing import NamedTuple

from consent.core.documents.json_object import JsonObject
from consent.presentation.texts import labeled
from consent.storage.operations.alarm_channels import SLACK, TEAMS

MAX_SLACK_TEXT, MAX_SLACK_HEADER = 3000, 150
"""Slack's limits in characters for the text of a section and of a header."""


class Message(NamedTuple):
    """A title and lines of text in `language`, with the URL of a page with details and the label of its link.

    `facts` is the machine-readable version, which is the same in every language.
    """

    title: str
    lines: tuple[str, ...]
    page: str
    facts: JsonObject
    link: str
    language: str = "en"


def body_for(kind: str, message: Message) -> JsonObject:
    """Return the JSON body to post to a channel of this kind."""
    if kind == SLACK:
        return _slack(message)
    return _teams(message) if kind == TEAMS else webhook_body(message)


def webhook_body(message: Message) -> JsonObject:
    """Return the JSON body for a webhook: the facts, and the message as text in its language."""
    text = {"language": message.language, "title": message.title, "text": "\n".join(message.lines)}
    return {**message.facts, **text, "url": message.page}


def mail_text(message: Message) -> str:
    """Return the body of a mail."""
    link = labeled(message.link, message.page, message.language)
    return "\n\n".join([*message.lines, link]) + "\n"


def _slack(message: Message) -> JsonObject:
    link = f"<{message.page}|{_escaped(message.link)}>"
    lines = "\n".join(message.lines)
    return {
        "text": _escaped(": ".join((message.title, *message.lines[:1]))),
        "mrkdwn": False,
        "blocks": [
            {"type": "header", "text": _plain(message.title, MAX_SLACK_HEADER)},
            *([{"type": "section", "text": _plain(lines, MAX_SLACK_TEXT)}] if lines else []),
            {"type": "context", "elements": [{"type": "mrkdwn", "text": link}]},
        ],
    }


def _plain(text: str, most: int) -> JsonObject:
    """Return a text object of at most `most` characters, truncated without splitting an escape."""
    escaped = _escaped(text)
    if len(escaped) > most:
        escaped = re.sub(r"&[a-z]*$", "", escaped[: most - 1]) + "…"
    return {"type": "plain_text", "text": escaped, "emoji": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(message: Message) -> JsonObject:
    title = _text_line(message.title, weight="Bolder", size="Medium")
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [title, *map(_text_line, message.lines)],
        "actions": [{"type": "Action.OpenUrl", "title": message.link, "url": message.page}],
    }
    return {
        "type": "message",
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        ],
    }


def _text_line(text: str, **style: str) -> JsonObject:
    """Return a line of literal text for a card: a `TextRun` wraps and doesn't parse Markdown."""
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
