"""Response schemas of access, marks, requests, retention, alarms and audit trail, for the OpenAPI document."""

from marshmallow import Schema, fields

from consent.alarms.rules import KINDS as ALARMS
from consent.api.compliance.schemas import PERSONAL
from consent.api.http.parameters import ID
from consent.api.http.request_schemas import CONFIG
from consent.api.http.schema_examples import meta
from consent.api.page.schemas import JWS
from consent.storage.tables.privacy import MARKS

TIME = "2026-11-24T23:00:00Z"
RECEIPT = {
    "id": ID,
    "time": TIME,
    "action": "save",
    "method": "click",
    "requested": {"functional": True, "analytics": True, "advertising": False},
    "effective": {"functional": True, "analytics": True, "advertising": False},
    "vendors": {},
    "place": {"country": "DE", "subdivision": None, "source": "geoip"},
    "regime": "eu_opt_in",
    "rules_version": "2026-11-01",
    "language": "en",
    "signals": {"gpc": False, "dnt": False, "age_band": "unknown"},
    "expires": "2027-11-24T00:00:00Z",
    "config": CONFIG,
    "version": 12,
    "personal": {name: value for name, value in PERSONAL.items() if name != "salt"},
    "signed": JWS,
}


class AccessSchema(Schema):
    """A copy of all data stored about a receipt, visitor or account (GDPR art. 15 and 20)."""

    made = fields.String(required=True, **meta("Time of the copy (RFC 3339).", TIME))
    subject = fields.Dict(required=True, **meta("Whose data it is: kind and id.", {"kind": "visitor", "id": ID}))
    controller = fields.Dict(required=True, **meta("Facts about the controller.", {"name": "Shop GmbH"}))
    receipts = fields.List(fields.Dict(), required=True, **meta("Receipts, oldest first.", [RECEIPT]))
    detached = fields.List(
        fields.Dict(),
        required=True,
        **meta(
            "Receipts that are in the files of detached months.",
            [{"id": ID, "time": "2024-10-02T08:00:00Z", "month": "2024-10", "personal": None}],
        ),
    )
    purposes = fields.Dict(
        required=True, **meta("Purposes of each group, as text.", {"analytics": ["Visitor statistics"]})
    )
    recipients = fields.List(
        fields.Dict(),
        required=True,
        **meta("Vendors that the site lists.", [{"id": "matomo", "name": "Matomo", "company": "InnoCraft Ltd"}]),
    )
    kept_for = fields.String(
        required=True, **meta("Retention period, as text.", "36 months after expiry or withdrawal")
    )
    source = fields.String(required=True, **meta("Source of the data, as text.", "The visitor's own browser."))
    never_kept = fields.String(required=True, **meta("What is never stored, as text.", "No network address is stored."))
    marks = fields.List(
        fields.Dict(), required=True, **meta("Restrictions and objections.", [{"kind": "restriction", "since": TIME}])
    )
    authorities = fields.List(
        fields.Dict(),
        required=True,
        **meta("Supervisory authorities.", [{"place": "DE", "name": "BfDI", "url": "https://www.bfdi.bund.de"}]),
    )
    deliveries = fields.List(
        fields.Dict(),
        **meta(
            "Events sent to receivers that are still stored, oldest first, with the states that each reached.",
            [
                {
                    "event": f"evt_{ID}",
                    "type": "consent.changed",
                    "time": TIME,
                    "receiver": "Newsletter relay",
                    "states": [{"state": "applied", "time": TIME, "ref": "job-17"}],
                }
            ],
        ),
    )
    account = fields.Dict(**meta("Choices of the account, if `subject` was sent.", {"version": 3, "gpc": 0}))
    other_sites = fields.List(
        fields.Dict(), **meta("The same for each other site that shares the account, with its key as `site`.", [])
    )


class AlarmSchema(Schema):
    """The status of one kind of alarm at a site."""

    kind = fields.String(required=True, **meta("Kind of the alarm.", ALARMS[0].name))
    about = fields.String(required=True, **meta("Description of the kind.", ALARMS[0].about))
    watched = fields.Boolean(required=True, **meta("Whether the service checks for it.", True))
    lasts = fields.Boolean(required=True, **meta("Whether the alarm is active.", False))
    sentence = fields.String(required=True, allow_none=True, **meta("Description of the problem, or null.", None))
    last_began = fields.String(
        required=True, allow_none=True, **meta("Time when the latest alarm began, or null.", TIME)
    )


class PastAlarmSchema(Schema):
    """An alarm that has ended."""

    kind = fields.String(required=True, **meta("Kind of the alarm.", ALARMS[0].name))
    since = fields.String(required=True, **meta("Time when it began (RFC 3339).", TIME))
    ended = fields.String(required=True, **meta("Time when it ended (RFC 3339).", "2026-11-25T01:00:00Z"))
    sentence = fields.String(required=True, **meta("Description of the problem.", "31 choices were lost."))


class AlarmsSchema(Schema):
    """All kinds of alarms, and past alarms."""

    items = fields.List(fields.Nested(AlarmSchema), required=True, **meta("All kinds of alarms."))
    past = fields.List(fields.Nested(PastAlarmSchema), required=True, **meta("The latest 100 alarms that have ended."))


class EntrySchema(Schema):
    """One entry of the audit trail."""

    time = fields.String(required=True, **meta("Time of the entry (RFC 3339).", TIME))
    kind = fields.String(required=True, **meta("Kind of the entry.", "audit"))
    actor = fields.String(required=True, allow_none=True, **meta("Opaque id of the user or token that acted.", ID))
    index = fields.Integer(
        required=True, allow_none=True, **meta("Index in the log; null until the entry is appended.", 17)
    )
    entry = fields.String(required=True, **meta("The signed entry (JWS).", JWS))
    action = fields.String(**meta("Action code.", "draft.changed"))
    subject = fields.Raw(**meta("Object of the action.", "tags.matomo"))
    before = fields.Raw(**meta("Value before, of any type.", {"enabled": False}))
    after = fields.Raw(**meta("Value after, of any type.", {"enabled": True}))


class AuditSchema(Schema):
    """One page of the audit trail."""

    items = fields.List(fields.Nested(EntrySchema), required=True, **meta("Entries, newest first."))
    next = fields.Integer(required=True, allow_none=True, **meta("Value of `before` for the next page, or null.", 4211))


class MarkItemSchema(Schema):
    """A legal hold, a restriction or an objection."""

    kind = fields.String(required=True, **meta(f"Kind of the mark: {', '.join(MARKS)}.", "restriction"))
    visitor = fields.String(**meta("Opaque id of the visitor.", ID))
    account = fields.String(**meta("Number of an account.", ID))
    receipt = fields.String(**meta("Id of the receipt.", ID))
    period = fields.String(**meta("First and last day of the period.", "2026-11-01/2026-11-30"))
    reason = fields.String(required=True, **meta("Reason, as entered.", "By letter of 20 November"))
    since = fields.String(required=True, **meta("Time when it was placed (RFC 3339).", TIME))


class MarksSchema(Schema):
    """The marks of a site."""

    items = fields.List(fields.Nested(MarkItemSchema), required=True, **meta("All marks."))


class MarkedSchema(Schema):
    """A mark that was placed."""

    kind = fields.String(required=True, **meta("Kind of the mark.", "restriction"))
    receipts = fields.Integer(required=True, **meta("Number of receipts that it applies to.", 3))


class PrivacyRequestSchema(Schema):
    """One privacy request of the register."""

    id = fields.Integer(required=True, **meta("Number of the request.", 1))
    kind = fields.String(required=True, **meta("Kind of the request.", "access"))
    place = fields.String(required=True, **meta("Place whose law applies.", "DE"))
    law = fields.String(required=True, **meta("Article of the law that sets the deadline.", "GDPR art. 12(3)"))
    extension_reason = fields.String(required=True, **meta("Reason for the extension, or empty.", ""))
    outcome = fields.String(required=True, **meta("Outcome; empty while the request is open.", ""))
    reason = fields.String(required=True, **meta("Reason for the outcome, or empty.", ""))
    reference = fields.String(required=True, **meta("Reference in the owner's records.", "DSR-2026-17"))
    received = fields.String(required=True, **meta("Date on which the request was received.", "2026-11-20"))
    due = fields.String(required=True, **meta("Due date.", "2026-12-21"))
    extended = fields.String(required=True, allow_none=True, **meta("Due date after the extension.", None))
    closed = fields.String(required=True, allow_none=True, **meta("Date on which it was closed.", None))


class PrivacyRequestsSchema(Schema):
    """The register of privacy requests."""

    items = fields.List(fields.Nested(PrivacyRequestSchema), required=True, **meta("Requests, open ones first."))


class RetentionPreviewSchema(Schema):
    """What a retention run would erase now."""

    months = fields.Integer(required=True, **meta("Retention period of this preview, in months.", 24))
    ended_before = fields.String(
        required=True,
        **meta("Receipts that expired or were withdrawn before this time are due.", "2024-11-24T00:00:00Z"),
    )
    receipts = fields.Integer(required=True, **meta("Number of receipts that are due.", 120))
    exempt = fields.Integer(required=True, **meta("Number of due receipts under a legal hold, which are kept.", 2))


class RunItemSchema(Schema):
    """One retention run."""

    run = fields.Integer(required=True, **meta("Number of the run.", 4))
    by = fields.String(required=True, **meta("Opaque id of who requested it.", ID))
    months = fields.Integer(required=True, **meta("Retention period of the run, in months.", 24))
    receipts = fields.Integer(required=True, **meta("Number of receipts erased.", 120))
    exempt = fields.Integer(required=True, **meta("Number of receipts kept because of a legal hold.", 2))
    asked = fields.String(required=True, **meta("Time of the request (RFC 3339).", TIME))
    finished = fields.String(required=True, allow_none=True, **meta("Time when it ended, or null.", TIME))


class RetentionSchema(Schema):
    """The retention of a site, and what it would erase now."""

    months = fields.Integer(required=True, **meta("Retention period after expiry or withdrawal, in months.", 24))
    prunes_itself = fields.Boolean(required=True, **meta("Whether due receipts are erased automatically.", False))
    account_months = fields.Integer(
        required=True,
        allow_none=True,
        **meta("Months without a visit after which an account is deleted, or null for never.", None),
    )
    preview = fields.Nested(RetentionPreviewSchema, required=True, **meta("What a run would erase now."))
    runs = fields.List(fields.Nested(RunItemSchema), required=True, **meta("The latest runs."))


class RunRequestedSchema(Schema):
    """A run that was requested."""

    run = fields.Integer(required=True, **meta("Number of the run.", 4))
    receipts = fields.Integer(required=True, **meta("Number of receipts that are due.", 120))
