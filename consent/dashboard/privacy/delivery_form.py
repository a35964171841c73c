"""A receiver's form: its submitted and initial values, and labels for what receivers report."""

from typing import Any

from flask import request

from consent.core.groups import OPTIONAL
from consent.dashboard.frame.locale import Labels
from consent.delivery.adapters import Adapter
from consent.delivery.manage import ReceiverFields
from consent.storage.delivery.receivers import ReceiverRow

REPORTED_WORDS = Labels(
    {
        "delivered": "delivered",
        "dead": "failed after all tries",
        "applied": "applied",
        "queued": "queued",
        "unknown": "unknown person",
        "failed": "reported as failed",
    }
)


def typed_receiver(adapter: Adapter) -> ReceiverFields:
    """Return the receiver described by the submitted form."""
    form = request.form
    names = [
        field
        for name, facts in adapter.settings.items()
        for field in ([f"{name}_{group}" for group in OPTIONAL] if facts.get("map") == "group" else [name])
    ]
    default = adapter.document.get("address", {}).get("default", "")
    return ReceiverFields(
        form.get("name", "").strip(),
        form.get("public_name", "").strip(),
        adapter.id,
        form.get("address", "").strip() or default,
        {name: form.get(name, "").strip() for name in names},
        tuple(group for group in OPTIONAL if group in form.getlist("groups")),
        form.get("ack", "none"),
        form.get("knows_accounts") == "1",
        form.get("signature", "v1"),
        form.get("content_type", "json"),
    )


def values_of(receiver: ReceiverRow) -> dict[str, Any]:
    """Return the form values of a receiver, without its secrets."""
    values: dict[str, Any] = {}
    for name, value in receiver.values.items():
        if isinstance(value, dict):
            values |= {f"{name}_{group}": text for group, text in value.items()}
        else:
            values[name] = value
    return values | {
        "name": receiver.name,
        "public_name": receiver.public_name,
        "address": receiver.address,
        "groups": list(receiver.group_names),
        "ack": receiver.ack,
        "knows_accounts": "1" if receiver.knows_accounts else "",
        "signature": receiver.signature,
        "content_type": receiver.content_type,
    }
