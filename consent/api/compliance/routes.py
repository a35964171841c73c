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
        summary="Create the evidence pack of one day, a signed archive for a regulator.",
        body=json_body(EvidenceSchema, {"date": "2026-11-24"}),
        replies=(text_reply("application/zip", "The archive.", "(bytes: 50 4b 03 04 …)"),),
        scope=EXPORT,
    ),
    _post(
        path=f"{SITES}/access",
        endpoint=answer_access,
        summary="Return a copy of all data stored about a receipt, visitor or account (data subject access request).",
        body=json_body(SubjectSchema, {"visitor": ID, **REASON}),
        replies=(json_reply(AccessSchema, "The copy."),),
        scope=READ,
    ),
    _get(
        path=f"{SITES}/alarms",
        endpoint=answer_alarms,
        summary="Return the status of each kind of alarm for the site, and past alarms.",
        replies=(json_reply(AlarmsSchema, "The alarms."),),
        scope=READ,
    ),
    _get(
        path=f"{SITES}/audit",
        endpoint=answer_audit,
        summary="Return the audit trail, newest first, with the signed text of each entry.",
        parameters=(
            query("actor", "Opaque id of the user or token that acted.", ID),
            query("what", "Action code, such as `draft.changed`, or a kind of entry.", "audit"),
            query(
                "text",
                "Search words, which must all occur in the author, the object, or a value before or after the change.",
                "shop",
            ),
            query("from", "Start of the period: a date or a time (RFC 3339), inclusive.", "2026-11-01"),
            query("to", "End of the period: a date, inclusive, or a time (RFC 3339), exclusive.", "2026-11-30"),
            query("before", "`next` of the previous page.", "4211"),
        ),
        replies=(json_reply(AuditSchema, "One page of the audit trail."),),
        scope=audit_trail.SCOPE,
    ),
)
MARKS: tuple[Route, ...] = (
    _get(
        path=f"{SITES}/marks",
        endpoint=answer_marks,
        summary="List legal holds, restrictions and objections.",
        replies=(json_reply(MarksSchema, "The marks."),),
        scope=ERASE,
    ),
    post(
        path=f"{SITES}/marks",
        endpoint=answer_mark,
        summary="Place a legal hold, restriction or objection on a receipt, visitor or account, or a hold on a period.",
        body=json_body(MarkSchema, {**ON_VISITOR, **REASON}),
        replies=(json_reply(MarkedSchema, "The mark was placed.", 201),),
        errors=(*WRITING, 409),
        scope=ERASE,
    ),
    delete(
        path=f"{SITES}/marks",
        endpoint=answer_lift,
        summary="Lift a legal hold, restriction or objection.",
        parameters=(
            query("kind", "Kind of the mark: hold, restriction or objection.", "restriction"),
            query("visitor", "Opaque id of the visitor. Send one of visitor, receipt and first.", ID),
            alternative(query("receipt", "Id of the receipt.", ID)),
            alternative(query("first", "First day of the period; requires `last`.", "2026-11-01")),
            alternative(query("last", "Last day of the period.", "2026-11-30")),
        ),
        replies=(Reply(204, "The mark was lifted."),),
        errors=READING,
        scope=ERASE,
    ),
)
REQUESTS: tuple[Route, ...] = (
    _get(
        path=f"{SITES}/requests",
        endpoint=answer_requests,
        summary="List privacy requests, open ones first.",
        replies=(json_reply(PrivacyRequestsSchema, "The register."),),
        scope=ERASE,
    ),
    _post(
        path=f"{SITES}/requests",
        endpoint=answer_request_added,
        summary="Add a privacy request; the law of its place sets the due date.",
        body=json_body(NewRequestSchema, NEW_REQUEST),
        replies=(json_reply(PrivacyRequestSchema, "The request.", 201),),
        scope=ERASE,
    ),
    _patch(
        path=f"{SITES}/requests/<int:number>",
        endpoint=answer_request_changed,
        summary="Extend, close or reopen a privacy request.",
        body=json_body(ChangeSchema, {"outcome": "done", "reason": "Sent by letter"}),
        replies=(json_reply(PrivacyRequestSchema, "The request."),),
        scope=ERASE,
    ),
)
RETENTION: tuple[Route, ...] = (
    _get(
        path=f"{SITES}/retention",
        endpoint=answer_retention,
        summary="Return the retention settings and what a run would erase now.",
        parameters=(query("months", "Retention period in months to preview instead of the current setting.", "24"),),
        replies=(json_reply(RetentionSchema, "The retention settings."),),
        scope=ERASE,
    ),
    _put(
        path=f"{SITES}/retention",
        endpoint=answer_retention_set,
        summary="Set the retention period, and whether due receipts are erased automatically.",
        body=json_body(KeepingSchema, {"months": 24, "prunes_itself": False}),
        replies=(json_reply(RetentionSchema, "The retention settings."),),
        scope=ERASE,
    ),
    post(
        path=f"{SITES}/retention/runs",
        endpoint=answer_retention_run,
        summary="Erase the receipts whose retention period has ended; `count` must match the preview.",
        body=json_body(RunSchema, {"receipts": 0}),
        replies=(json_reply(RunRequestedSchema, "The run was requested.", 202),),
        errors=(*WRITING, 409),
        scope=ERASE,
    ),
)
ACCOUNTS: tuple[Route, ...] = (
    _post(
        path=f"{SITES}/accounts/find",
        endpoint=answer_account_found,
        summary="Return what a subject's account allows in a place, for a tool that checks before it acts.",
        body=json_body(FindSchema, {"sub": SUB, "country": "DE"}),
        replies=(json_reply(FoundSchema, "What the account allows."),),
        scope=accounts.READ,
    ),
    post(
        path=f"{SITES}/accounts/refuse",
        endpoint=answer_account_refusal,
        summary="Refuse on behalf of a subject; no token can grant on anyone's behalf.",
        body=json_body(RefusalSchema, {"key": KEY, "sub": SUB, "choices": {"advertising": False}, "country": "DE"}),
        replies=(
            json_reply(RefusedSchema, "The refusal was recorded.", 201),
            json_reply(RefusedSchema, "A repeated request: the receipt of the first one."),
        ),
        errors=(*WRITING, 409, 410),
        scope=accounts.REFUSE,
    ),
    _post(
        path=f"{SITES}/accounts/merge",
        endpoint=answer_account_merge,
        summary="Merge the accounts of two subjects that are the same person; what either refused is refused.",
        body=json_body(MergeSchema, {"sub": SUB, "into": SUB[::-1].replace("F", "E", 1)}),
        replies=(Reply(204, "The accounts were merged."),),
        scope=accounts.REFUSE,
    ),
    post(
        path=f"{SITES}/accounts/close",
        endpoint=answer_account_closed,
        summary="Erase an account that was closed at the site, with the personal data in its receipts.",
        body=json_body(CloseSchema, {"sub": SUB, "level": "unlink"}),
        replies=(Reply(204, "The account was erased."),),
        errors=(*WRITING, 409),
        scope=accounts.ERASE,
    ),
    post(
        path=f"{SITES}/subject-keys",
        endpoint=answer_subject_key_created,
        summary="Create a key with which the site's server signs subject tokens; it is returned only once.",
        parameters=(IDEMPOTENCY_KEY,),
        body=json_body(NewKeySchema, {}),
        replies=(json_reply(SubjectKeySchema, "The key.", 201),),
        errors=(*WRITING, *ONCE_ERRORS),
        scope=subject_keys.SCOPE,
    ),
    _get(
        path=f"{SITES}/subject-keys",
        endpoint=answer_subject_keys,
        summary="List the keys for subject tokens, without their secrets.",
        replies=(json_reply(SubjectKeysSchema, "The keys."),),
        scope=subject_keys.SCOPE,
    ),
    delete(
        path=f"{SITES}/subject-keys/<kid>",
        endpoint=answer_subject_key_retired,
        summary="Retire a key for subject tokens; a leaked key becomes invalid at once.",
        parameters=(
            query("leaked", "Whether someone else may have the key.", "true", enum=["true", "false"]),
            IDEMPOTENCY_KEY,
        ),
        replies=(Reply(204, "The key was retired."),),
        errors=(*READING, *ONCE_ERRORS),
        scope=subject_keys.SCOPE,
    ),
)
ROUTE_GROUP = RouteGroup(
    "Compliance",
    "Privacy requests, retention, audit trail and evidence.",
    (*ARCHIVES, *MARKS, *REQUESTS, *RETENTION),
)
DELIVERY: tuple[Route, ...] = (
    _get(
        path=f"{SITES}/receivers",
        endpoint=answer_receivers,
        summary="List the receivers of choices with their delivery status.",
        replies=(json_reply(ReceiversSchema, "The receivers."),),
        scope=receivers.SCOPE,
    ),
    post(
        path=f"{SITES}/receivers/<receiver_id>/replays",
        endpoint=answer_replay_started,
        summary="Resend the events of a period to a receiver, after everything that is already queued for it.",
        body=json_body(ReplaySchema, {"from": "2026-11-24T00:00:00Z", "subjects": "refused"}),
        replies=(json_reply(ReplayedSchema, "The replay was started.", 202),),
        errors=(*WRITING, 409),
        scope=receivers.SCOPE,
    ),
    _get(
        path=f"{SITES}/receivers/<receiver_id>/events/<event>/proof",
        endpoint=answer_delivery_proof,
        summary=(
            "Return a proof that an event was delivered to a receiver, or acknowledged by it, for `consent verify`."
        ),
        parameters=(query("state", "State to prove.", "applied", enum=list(STATES)),),
        replies=(
            text_reply("text/plain", "A proof (C2SP tlog-proof).", PROOF),
            Reply(202, "The hour of the event has not ended or is not in the log yet."),
        ),
        scope=receivers.SCOPE,
    ),
    post(
        path="/api/v1/receivers/<receiver_id>/acks",
        endpoint=answer_acknowledgment,
        summary=(
            "Receive a receiver's acknowledgment of an event, signed with its ack secret (Standard Webhooks headers)."
        ),
        body=json_body(AckBodySchema, {"ack": {"event": f"evt_{ID}", "state": "applied"}}),
        replies=(Reply(204, "The acknowledgment was recorded."),),
        errors=(403, 503),
    ),
    get(
        path="/schemas/consent-event-1.json",
        endpoint=answer_event_schema,
        summary="Return the JSON Schema of events.",
        replies=(text_reply("application/schema+json", "The schema.", "{…}"),),
    ),
)
DELIVERY_GROUP = RouteGroup("Delivery", "Delivery of choices to other systems, and their acknowledgments.", DELIVERY)
ACCOUNTS_GROUP = RouteGroup("Accounts", "Accounts of signed-in visitors, for a site's servers.", ACCOUNTS)
