"""Messages to Slack, Microsoft Teams and plain webhooks.

Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and its escapes of `&`, `<` and `>`. Teams:
an Adaptive Card 1.4 as a workflow's webhook takes it ("Create incoming webhooks with Workflows", Microsoft support).
"""

from typing import NamedTuple

from consent.core.documents.json_object import JsonObject
from consent.storage.operations.alarm_channels import SLACK, TEAMS

MAX_SLACK_TEXT = 3000
"""Characters of a section's text that Slack takes."""


class Message(NamedTuple):
    """A title and lines of text, with the address of the page that has more; `facts` are for programs."""

    title: str
    lines: tuple[str, ...]
    page: str
    facts: JsonObject


def body_for(kind: str, message: Message) -> JsonObject:
    """Return what is posted to a channel of this kind."""
    if kind == SLACK:
        return _slack(message)
    return _teams(message) if kind == TEAMS else message.facts


def _slack(message: Message) -> JsonObject:
    lines = "\n".join(_escaped(line) for line in message.lines)
    text = f"*{_escaped(message.title)}*\n{lines}"[:MAX_SLACK_TEXT]
    link = f"<{message.page}|Open the dashboard>"
    return {
        "text": f"{_escaped(message.title)}: {_escaped(message.lines[0])}" if message.lines else message.title,
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": text}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": link}]},
        ],
    }


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(message: Message) -> JsonObject:
    lines = [{"type": "TextBlock", "text": line, "wrap": True} for line in message.lines]
    title = {"type": "TextBlock", "text": message.title, "weight": "Bolder", "size": "Medium", "wrap": True}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [title, *lines],
        "actions": [{"type": "Action.OpenUrl", "title": "Open the dashboard", "url": message.page}],
    }
    return {
        "type": "message",
        "attachments": [
            {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        ],
    }
