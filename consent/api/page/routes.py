"""Route table of the endpoints for a site's pages and servers."""

from consent.api.http.parameters import DECISION_PARAMETERS, LANGUAGE, query
from consent.api.http.replies import CSP_REPORTS, json_body
from consent.api.http.request_schemas import CONFIG, SUBJECT, WRITE, EventSchema, SightingsSchema
from consent.api.http.routes import Reply, RouteGroup, get, json_reply, post, text_reply
from consent.api.page.accounts import (
    AccountRequestSchema,
    DeletionSchema,
    NothingSchema,
    answer_account,
    answer_account_deletion,
    answer_decision,
    answer_sign_out,
)
from consent.api.page.csp_reports import answer_csp_reports
from consent.api.page.events import answer_event
from consent.api.page.lines import answer_lines
from consent.api.page.logo import answer_logo
from consent.api.page.schemas import DecisionSchema, JoinedSchema, LinesSchema, TextsSchema, VendorsSchema
from consent.api.page.script import answer_acts, answer_pinned_script, answer_screens, answer_script
from consent.api.page.sightings import answer_sightings
from consent.api.page.tcf_file import answer_tcf_file
from consent.api.page.vendor_details import answer_texts, answer_vendors

SITES = "/api/v1/sites/<site>"
REPORTING = (400, 403, 404, 413, 415, 429)
SCRIPT = "(()=>{…})()"

ROUTE_GROUP = RouteGroup(
    "Pages",
    "Endpoints for a site's pages and servers.",
    (
        get(
            path="/b/<site>.js",
            endpoint=answer_script,
            summary="Return the script of a site: code, decision and texts in one response.",
            parameters=(LANGUAGE,),
            replies=(text_reply("text/javascript", "The script for this visitor.", SCRIPT),),
            errors=(404, 503),
            is_fast=True,
        ),
        get(
            path="/b/<site>/<sha256>.js",
            endpoint=answer_pinned_script,
            summary=(
                "Return only the code, immutable under its hash, for pages with SRI; it requests the decision itself."
            ),
            replies=(text_reply("text/javascript", "The code.", SCRIPT),),
            errors=(404, 503),
            is_fast=True,
        ),
        get(
            path="/b/<site>/logo/<sha256>",
            endpoint=answer_logo,
            summary="Return the logo of the live banner, immutable under its hash.",
            replies=(text_reply("image/*", "The image.", "<svg xmlns='http://www.w3.org/2000/svg'/>"),),
            errors=(404, 503),
            is_fast=True,
        ),
        get(
            path="/b/<site>/tcf/<digits>.json",
            endpoint=answer_tcf_file,
            summary="Return the texts or vendors of the vendor list in a published version; immutable.",
            replies=(text_reply("application/json", "File contents.", '{"lang": "en", "purposes": {}}'),),
            errors=(404, 503),
            is_fast=True,
        ),
        get(
            path="/b/<site>/<build>/<config>/<language>.js",
            endpoint=answer_acts,
            summary="Return what the script loads after the first layer; only the script knows the URL.",
            parameters=(
                query("place", "Place whose rules apply: a country code or an ISO 3166-2 code.", "US-CA"),
                query("rule", "First digits of the hash of the rule that was applied to the page.", "5d41402a"),
            ),
            replies=(text_reply("text/javascript", "A module with code and data.", "export default[…];"),),
            errors=(404, 503),
            is_fast=True,
        ),
        get(
            path="/b/<site>/tcf/<digits>.js",
            endpoint=answer_screens,
            summary="Return the code of the second layer on a site with TCF; only the script knows the URL.",
            replies=(text_reply("text/javascript", "A module.", "export default …;"),),
            errors=(404, 503),
            is_fast=True,
        ),
        get(
            path=f"{SITES}/decision",
            endpoint=answer_decision,
            summary="Return which tags may run for this visitor now, each with its reason.",
            parameters=DECISION_PARAMETERS,
            replies=(json_reply(DecisionSchema, "The decision."),),
            errors=(400, 401, 403, 404, 429, 503),
            scope="decide",
            is_token_optional=True,
            is_fast=True,
            takes_subject=True,
        ),
        post(
            path=f"{SITES}/account",
            endpoint=answer_account,
            summary="Join the choices of the signed-in visitor's account and of the device, and set both cookies.",
            body=json_body(AccountRequestSchema, {"subject": SUBJECT}),
            replies=(json_reply(JoinedSchema, "The joined choice and decision."),),
            errors=(400, 403, 404, 413, 415, 429, 503),
            is_fast=True,
        ),
        post(
            path=f"{SITES}/account/forget",
            endpoint=answer_sign_out,
            summary="Restore the device's own choice after sign-out.",
            body=json_body(NothingSchema, {}),
            replies=(Reply(204, "The device's own choice is restored."),),
            errors=REPORTING,
            is_fast=True,
        ),
        post(
            path=f"{SITES}/account/delete",
            endpoint=answer_account_deletion,
            summary="Delete the choices of the signed-in visitor's account; its refusals stay in force anonymously.",
            body=json_body(DeletionSchema, {"subject": SUBJECT}),
            replies=(Reply(204, "The account's grants are deleted."),),
            errors=(400, 403, 404, 409, 413, 415, 429, 503),
            is_fast=True,
        ),
        post(
            path=f"{SITES}/events",
            endpoint=answer_event,
            summary="Count a displayed banner or a choice; nothing about the visitor is stored.",
            body=json_body(EventSchema, {"event": "shown", "config": CONFIG, "token": WRITE}),
            replies=(Reply(204, "The event was counted."),),
            errors=REPORTING,
            is_fast=True,
        ),
        post(
            path=f"{SITES}/csp-reports",
            endpoint=answer_csp_reports,
            summary="Receive CSP violation reports; only hosts that belong to none of the site's vendors are stored.",
            body=CSP_REPORTS,
            replies=(Reply(204, "The reports were processed."),),
            errors=REPORTING,
            is_fast=True,
        ),
        post(
            path=f"{SITES}/sightings",
            endpoint=answer_sightings,
            summary=(
                "Receive the names of cookies, stored items and hosts found in a page; names that the live config "
                "does not explain are stored for review."
            ),
            body=json_body(SightingsSchema, {"cookie": ["_ga_*"], "host": ["cdn.example.net"]}),
            replies=(Reply(204, "The names were processed."),),
            errors=REPORTING,
            is_fast=True,
        ),
        get(
            path=f"{SITES}/vendors",
            endpoint=answer_vendors,
            summary="Return each vendor of the live config with purposes, cookies and links, for the second layer.",
            parameters=(LANGUAGE,),
            replies=(json_reply(VendorsSchema, "The vendors."),),
            errors=(400, 403, 404, 503),
        ),
        get(
            path=f"{SITES}/lines",
            endpoint=answer_lines,
            summary="Return the HTML to insert into the head of each page, for programs that insert it.",
            replies=(json_reply(LinesSchema, "The HTML lines."),),
            errors=(403, 404, 503),
        ),
        get(
            path=f"{SITES}/texts/<language>",
            endpoint=answer_texts,
            summary="Return every string of both layers in one language.",
            replies=(json_reply(TextsSchema, "The strings."),),
            errors=(403, 404, 503),
        ),
    ),
)
