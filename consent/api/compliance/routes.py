"""Route table of the compliance API: evidence, access, marks, privacy requests, retention, alarms, audit trail."""

from functools import partial

from consent.api.compliance import accounts, audit_trail, marks, receivers, subject_keys
from consent.api.compliance.access import SCOPE as READ
from consent.api.compliance.access import SubjectSchema, answer_access
from consent.api.compliance.accounts import (
    SUB,
    CloseSchema,
    FindSchema,
    FoundSchema,
    MergeSchema,
    RefusalSchema,
    RefusedSchema,
    answer_account_closed,
    answer_account_found,
    answer_account_merge,
    answer_account_refusal,
)
from consent.api.compliance.alarms import answer_alarms
from consent.api.compliance.audit_trail import answer_audit
from consent.api.compliance.delivery_proof import answer_delivery_proof
from consent.api.compliance.event_schema import answer_event_schema
from consent.api.compliance.evidence import EvidenceSchema, answer_evidence
from consent.api.compliance.export_stream import SCOPE as EXPORT
from consent.api.compliance.marks import MarkSchema, answer_lift, answer_mark, answer_marks
from consent.api.compliance.privacy_requests import (
    ChangeSchema,
    NewRequestSchema,
    answer_request_added,
    answer_request_changed,
    answer_requests,
)
from consent.api.compliance.privacy_schemas import (
    AccessSchema,
    AlarmsSchema,
    AuditSchema,
    MarkedSchema,
    MarksSchema,
    PrivacyRequestSchema,
    PrivacyRequestsSchema,
    RetentionSchema,
    RunRequestedSchema,
)
from consent.api.compliance.receivers import (
    AckBodySchema,
    ReceiversSchema,
    ReplayedSchema,
    ReplaySchema,
    answer_acknowledgment,
    answer_receivers,
    answer_replay_started,
)
from consent.api.compliance.retention import (
    KeepingSchema,
    RunSchema,
    answer_retention,
    answer_retention_run,
    answer_retention_set,
)
from consent.api.compliance.subject_keys import (
    NewKeySchema,
    SubjectKeySchema,
    SubjectKeysSchema,
    answer_subject_key_created,
    answer_subject_key_retired,
    answer_subject_keys,
)
from consent.api.http.idempotency import ERRORS as ONCE_ERRORS
from consent.api.http.idempotency import PARAMETER as IDEMPOTENCY_KEY
from consent.api.http.parameters import ID, alternative, query
from consent.api.http.replies import json_body
from consent.api.http.request_schemas import KEY
from consent.api.http.routes import Reply, Route, RouteGroup, delete, get, json_reply, patch, post, put, text_reply
from consent.storage.delivery.acks import STATES

SITES = "/api/v1/sites/<site>"
PROOF = "c2sp.org/tlog-proof@v1\nextra eyJlbnRyeSI6…\nindex 17\nK4pGkqS2…\n\nconsent.example/log/shop\n256\n…\n"
READING = (400, 401, 403, 404, 503)
WRITING = (*READING, 413, 415)
REASON = {"reason": "By letter of 20 November"}
ON_VISITOR = {"kind": "restriction", "visitor": ID}
NEW_REQUEST = {"kind": "access", "place": "DE", "received": "2026-11-20", "reference": "DSR-2026-17"}
ERASE = marks.SCOPE

_get = partial(get, errors=READING)
_post, _put, _patch = (partial(method, errors=WRITING) for method in (post, put, patch))

ARCHIVES: tuple[Route, ...] = (
    _post(
        path=f"{SITES}/evidence",
        endpoint=answer_evidence,
        summary="Create the evidence of one day for a regulator, as a signed archive.",
        body=json_body(EvidenceSchema, {"date": "2026-11-24"}),
        replies=(text_reply("application/zip", "The archive.", "(bytes: 50 4b 03 04 …)"),),
        scope=EXPORT,
    ),
    _post(
        path=f"{SITES}/access",
        endpoint=answer_access,
        summary="Return a copy of all that is stored of one visitor or receipt, at their request.",
        body=json_body(SubjectSchema, {"visitor": ID, **REASON}),
        replies=(json_reply(AccessSchema, "The copy."),),
        scope=READ,
    ),
    _get(
        path=f"{SITES}/alarms",
        endpoint=answer_alarms,
        summary="Return each kind of alarm as it stands for the site, and those that are over.",
        replies=(json_reply(AlarmsSchema, "The alarms."),),
        scope=READ,
    ),
    _get(
        path=f"{SITES}/audit",
        endpoint=answer_audit,
        summary="Return the audit trail, newest first, each entry with its signed text.",
        parameters=(
            query("actor", "Opaque id of who acted.", ID),
            query("what", "Code of an action, such as draft.changed, or a kind of entry.", "audit"),
            query("text", "Words that all stand in who, what, or a value before or after.", "shop"),
            query("from", "First date, or first time (RFC 3339), included.", "2026-11-01"),
            query("to", "Last date, which counts whole, or a time (RFC 3339).", "2026-11-30"),
            query("before", "`next` of the page before.", "4211"),
        ),
        replies=(json_reply(AuditSchema, "One page of the trail."),),
        scope=audit_trail.SCOPE,
    ),
)
MARKS: tuple[Route, ...] = (
    _get(
        path=f"{SITES}/marks",
        endpoint=answer_marks,
        summary="Return legal holds, restrictions and objections.",
        replies=(json_reply(MarksSchema, "The marks."),),
        scope=ERASE,
    ),
    post(
        path=f"{SITES}/marks",
        endpoint=answer_mark,
        summary="Place a legal hold, a restriction or an objection, on a receipt, a visitor or a period.",
        body=json_body(MarkSchema, {**ON_VISITOR, **REASON}),
        replies=(json_reply(MarkedSchema, "The mark is placed.", 201),),
        errors=(*WRITING, 409),
        scope=ERASE,
    ),
    delete(
        path=f"{SITES}/marks",
        endpoint=answer_lift,
        summary="Lift a legal hold, a restriction or an objection.",
        parameters=(
            query("kind", "Kind of the mark: hold, restriction or objection.", "restriction"),
            query("visitor", "Opaque id of the visitor that it is on.", ID),
            alternative(query("receipt", "Or id of the receipt that it is on.", ID)),
            alternative(query("first", "Or first day of the period that it is on, with `last`.", "2026-11-01")),
            alternative(query("last", "Last day of that period.", "2026-11-30")),
        ),
        replies=(Reply(204, "The mark is lifted."),),
        errors=READING,
        scope=ERASE,
    ),
)
REQUESTS: tuple[Route, ...] = (
    _get(
        path=f"{SITES}/requests",
        endpoint=answer_requests,
        summary="Return the register of privacy requests, open ones first.",
        replies=(json_reply(PrivacyRequestsSchema, "The register."),),
        scope=ERASE,
    ),
    _post(
        path=f"{SITES}/requests",
        endpoint=answer_request_added,
        summary="Add a privacy request; the law of its place sets the day by which it is due.",
        body=json_body(NewRequestSchema, NEW_REQUEST),
        replies=(json_reply(PrivacyRequestSchema, "The request.", 201),),
        scope=ERASE,
    ),
    _patch(
        path=f"{SITES}/requests/<int:number>",
        endpoint=answer_request_changed,
        summary="Extend a privacy request, close it or reopen it.",
        body=json_body(ChangeSchema, {"outcome": "done", "reason": "Sent by letter"}),
        replies=(json_reply(PrivacyRequestSchema, "The request."),),
        scope=ERASE,
    ),
)
RETENTION: tuple[Route, ...] = (
    _get(
        path=f"{SITES}/retention",
        endpoint=answer_retention,
        summary="Return the retention of receipts and what a run would erase now.",
        parameters=(query("months", "Number of months to preview in place of those that are set.", "24"),),
        replies=(json_reply(RetentionSchema, "The retention."),),
        scope=ERASE,
    ),
    _put(
        path=f"{SITES}/retention",
        endpoint=answer_retention_set,
        summary="Set the retention of receipts, and whether the service erases automatically.",
        body=json_body(KeepingSchema, {"months": 24, "prunes_itself": False}),
        replies=(json_reply(RetentionSchema, "The retention."),),
        scope=ERASE,
    ),
    post(
        path=f"{SITES}/retention/runs",
        endpoint=answer_retention_run,
        summary="Erase the receipts whose retention has ended, as many as the preview says.",
        body=json_body(RunSchema, {"receipts": 0}),
        replies=(json_reply(RunRequestedSchema, "The run is requested.", 202),),
        errors=(*WRITING, 409),
        scope=ERASE,
    ),
)
ACCOUNTS: tuple[Route, ...] = (
    _post(
        path=f"{SITES}/accounts/find",
        endpoint=answer_account_found,
        summary="Return what the account of a subject allows in a place, for a tool of the site before it acts.",
        body=json_body(FindSchema, {"sub": SUB, "country": "DE"}),
        replies=(json_reply(FoundSchema, "What the account allows."),),
        scope=accounts.READ,
    ),
    post(
        path=f"{SITES}/accounts/refuse",
        endpoint=answer_account_refusal,
        summary="Refuse in the name of a subject; no token grants for somebody.",
        body=json_body(RefusalSchema, {"key": KEY, "sub": SUB, "choices": {"advertising": False}, "country": "DE"}),
        replies=(
            json_reply(RefusedSchema, "The refusal is recorded.", 201),
            json_reply(RefusedSchema, "The same refusal again: the receipt that it made before."),
        ),
        errors=(*WRITING, 409, 410),
        scope=accounts.REFUSE,
    ),
    _post(
        path=f"{SITES}/accounts/merge",
        endpoint=answer_account_merge,
        summary="Merge the accounts of two subjects that are one person; what either refuses is refused.",
        body=json_body(MergeSchema, {"sub": SUB, "into": SUB[::-1].replace("F", "E", 1)}),
        replies=(Reply(204, "The accounts are one."),),
        scope=accounts.REFUSE,
    ),
    post(
        path=f"{SITES}/accounts/close",
        endpoint=answer_account_closed,
        summary="Erase an account that is gone at the site, with what its receipts say of a person.",
        body=json_body(CloseSchema, {"sub": SUB, "level": "unlink"}),
        replies=(Reply(204, "The account is gone."),),
        errors=(*WRITING, 409),
        scope=accounts.ERASE,
    ),
    post(
        path=f"{SITES}/subject-keys",
        endpoint=answer_subject_key_created,
        summary="Make a key by which the site's server signs subject tokens; it is shown this once.",
        parameters=(IDEMPOTENCY_KEY,),
        body=json_body(NewKeySchema, {}),
        replies=(json_reply(SubjectKeySchema, "The key.", 201),),
        errors=(*WRITING, *ONCE_ERRORS),
        scope=subject_keys.SCOPE,
    ),
    _get(
        path=f"{SITES}/subject-keys",
        endpoint=answer_subject_keys,
        summary="Return the keys for subject tokens, without what signs.",
        replies=(json_reply(SubjectKeysSchema, "The keys."),),
        scope=subject_keys.SCOPE,
    ),
    delete(
        path=f"{SITES}/subject-keys/<kid>",
        endpoint=answer_subject_key_retired,
        summary="Retire a key for subject tokens; one that leaked counts for nothing at once.",
        parameters=(
            query("leaked", "Whether somebody else may have it.", "true", enum=["true", "false"]),
            IDEMPOTENCY_KEY,
        ),
        replies=(Reply(204, "The key is retired."),),
        errors=(*READING, *ONCE_ERRORS),
        scope=subject_keys.SCOPE,
    ),
)
ROUTE_GROUP = RouteGroup(
    "Compliance",
    "What compliance does for visitors and regulators.",
    (*ARCHIVES, *MARKS, *REQUESTS, *RETENTION),
)
DELIVERY: tuple[Route, ...] = (
    _get(
        path=f"{SITES}/receivers",
        endpoint=answer_receivers,
        summary="Return the systems that hear of choices: who has heard, who has not, and for how long.",
        replies=(json_reply(ReceiversSchema, "The receivers."),),
        scope=receivers.SCOPE,
    ),
    post(
        path=f"{SITES}/receivers/<receiver_id>/replays",
        endpoint=answer_replay_started,
        summary="Have a receiver get the events of a period again, behind whatever else waits for it.",
        body=json_body(ReplaySchema, {"from": "2026-11-24T00:00:00Z", "subjects": "refused"}),
        replies=(json_reply(ReplayedSchema, "The replay has begun.", 202),),
        errors=(*WRITING, 409),
        scope=receivers.SCOPE,
    ),
    _get(
        path=f"{SITES}/receivers/<receiver_id>/events/<event>/proof",
        endpoint=answer_delivery_proof,
        summary="Return the proof that a receiver got an event, or of what it said of it, for `consent verify`.",
        parameters=(query("state", "The state that is proved.", "applied", enum=list(STATES)),),
        replies=(
            text_reply("text/plain", "A proof (C2SP tlog-proof).", PROOF),
            Reply(202, "The hour is not over, or waits for its place in the log."),
        ),
        scope=receivers.SCOPE,
    ),
    post(
        path="/api/v1/receivers/<receiver_id>/acks",
        endpoint=answer_acknowledgment,
        summary="Take what a receiver says of an event, signed by its ack secret (Standard Webhooks headers).",
        body=json_body(AckBodySchema, {"ack": {"event": f"evt_{ID}", "state": "applied"}}),
        replies=(Reply(204, "The acknowledgment is written down."),),
        errors=(403, 503),
    ),
    get(
        path="/schemas/consent-event-1.json",
        endpoint=answer_event_schema,
        summary="Return the JSON Schema of what receivers get.",
        replies=(text_reply("application/schema+json", "The schema.", "{…}"),),
    ),
)
DELIVERY_GROUP = RouteGroup("Delivery", "What tells other systems of choices, and what they say.", DELIVERY)
ACCOUNTS_GROUP = RouteGroup("Accounts", "What a site's server does for visitors who are signed in.", ACCOUNTS)
