"""Relay between the consent service and a tool that identifies people by email address, such as HubSpot or Mailchimp.

It runs on the site's own server, next to the customer database. The service sends it signed events about a `sub`. The
relay looks up the person, calls the tool as one of the service's adapter files (`consent/data/adapters/*.json`) describes,
and returns the tool's response. The service never learns the address. Python 3.11 or later, nothing to install:

    RELAY_SECRET=whsec_… RELAY_ADAPTER=hubspot.json RELAY_SETTINGS=settings.json RELAY_PEOPLE=people.csv python relay.py

`settings.json` contains the adapter's settings, such as {"access_token": "…", "subscription_id": 42}.
`people.csv` has lines of `sub,address`; in production, replace it by querying your database in `find_address`.
`RELAY_GROUP` is the group whose refusal unsubscribes, by default `advertising`.
"""

import base64
import csv
import hashlib
import hmac
import json
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOLERANCE_SECONDS = 300
MAX_BODY = 16 * 1024
ADAPTER = json.loads(Path(os.environ["RELAY_ADAPTER"]).read_text("utf-8"))
SETTINGS = json.loads(Path(os.environ["RELAY_SETTINGS"]).read_text("utf-8"))
SECRET = base64.b64decode(os.environ["RELAY_SECRET"].removeprefix("whsec_"))
GROUP = os.environ.get("RELAY_GROUP", "advertising")
seen: dict[str, int] = {}
"""The newest version seen for each subject; older events are ignored. Keep it in your database to survive a restart."""


def find_address(sub: str) -> str | None:
    """Return the email address of a subject; replace this with your own query."""
    with open(os.environ["RELAY_PEOPLE"], newline="", encoding="utf-8") as file:
        return next((row[1] for row in csv.reader(file) if row and row[0] == sub), None)


def is_signed(headers, body: bytes) -> bool:
    """Return whether the service signed this request within the last five minutes (Standard Webhooks)."""
    event, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdigit() or abs(time.time() - int(moment)) > TOLERANCE_SECONDS:
        return False
    made = base64.b64encode(hmac.digest(SECRET, f"{event}.{moment}.".encode() + body, "sha256"))
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(b"v1," + made, one.encode()) for one in given)


def handle(event: dict) -> tuple[str, str]:
    """Handle an event; return the state and reference for the acknowledgment. Raises OSError to request a retry."""
    data = event["data"]
    who = data["who"]["pseudonym"]
    if event["type"] == "consent.test":
        return "applied", "test"
    if data["version"] < seen.get(who, 0) or GROUP not in data["refused"]:
        return "applied", "nothing to do"
    address = find_address(data["who"].get("sub", ""))
    if address is None:
        return "unknown", ""
    status = call_tool(event, address)
    seen[who] = max(data["version"], seen.get(who, 0))
    return ("applied", str(status)) if status in ADAPTER["done"]["status"] else ("failed", str(status))


def call_tool(event: dict, address: str) -> int:
    """Call the tool as its adapter file describes and return its status. Raises OSError if the call should be retried."""
    md5 = hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()
    facts = {**event, "settings": SETTINGS, "ids": {"email": address, "email_md5": md5}}
    facts["receipt_words"] = f"receipt {event['data']['receipt']}"
    asked = ADAPTER["request"]
    request = urllib.request.Request(
        os.environ.get("RELAY_TOOL", "") + filled(asked["url"], facts, is_address=True),
        json.dumps(rendered(asked["body"], facts)).encode(),
        {"Content-Type": "application/json", "Authorization": authorization(asked["auth"], facts)},
        method=asked["method"],
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        if error.code in ADAPTER["again"]["status"]:
            raise
        return error.code


def authorization(auth: dict, facts: dict) -> str:
    """Return the value of the Authorization header."""
    if "bearer" in auth:
        return "Bearer " + filled(auth["bearer"], facts)
    pair = ":".join(filled(part, facts) for part in auth["basic"])
    return "Basic " + base64.b64encode(pair.encode()).decode()


def value_at(facts: dict, path: str):
    """Return the value at a path such as `data.receipt`, or None."""
    for name in path.split("."):
        facts = facts.get(name) if isinstance(facts, dict) else None
    return facts


def filled(text: str, facts: dict, *, is_address: bool = False) -> str:
    """Return `text` with each `{path}` filled in; in a URL, values are percent-encoded, including slashes."""
    if is_address and os.environ.get("RELAY_TOOL"):
        text = "/" + text.split("/", 3)[3]
    quote = (lambda value: urllib.parse.quote(value, safe="")) if is_address else str
    return re.sub(r"\{([a-z_.0-9]+)\}", lambda match: quote(str(value_at(facts, match[1]))), text)


def rendered(template, facts: dict):
    """Return the adapter's body template with its values filled in."""
    if not isinstance(template, dict):
        return template
    if "$" in template:
        return value_at(facts, template["$"])
    if "$if" in template:
        return rendered(template["then" if value_at(facts, template["$if"]) else "else"], facts)
    return {name: rendered(one, facts) for name, one in template.items()}


class Relay(BaseHTTPRequestHandler):
    """Receives events: returns 200 with an acknowledgment, 401 for a bad signature, 503 if the service should retry."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), MAX_BODY))
        if not is_signed(self.headers, body):
            return self.answer(401, {})
        event = json.loads(body)
        try:
            state, ref = handle(event)
        except OSError:
            return self.answer(503, {})
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.answer(200, {"ack": {"event": event["id"], "state": state, "at": now, "ref": ref}})

    def answer(self, status: int, document: dict) -> None:
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args) -> None:
        """Log nothing: a log line would contain the client's address."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("RELAY_PORT", "8080"))), Relay)
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()
