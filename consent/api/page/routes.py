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
    "What a page and its server call.",
    (
        get(
            path="/b/<site>.js",
            endpoint=answer_script,
            summary="Return the script of a site: code, decision and texts in one file.",
            parameters=(LANGUAGE,),
            replies=(text_reply("text/javascript", "The script for this visitor.", SCRIPT),),
            errors=(404, 503),
            is_fast=True,
        ),
        get(
            path="/b/<site>/<sha256>.js",
            endpoint=answer_pinned_script,
            summary="Return the built code alone, immutable under its hash, for SRI; it calls the decision itself.",
            replies=(text_reply("text/javascript", "The built code.", SCRIPT),),
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
            summary="Return texts or vendors of the vendor list as a published version shows them; immutable.",
            replies=(text_reply("application/json", "The file.", '{"lang": "en", "purposes": {}}'),),
            errors=(404, 503),
            is_fast=True,
        ),
        get(
            path="/b/<site>/<build>/<config>/<language>.js",
            endpoint=answer_acts,
            summary="Return what a page fetches after the first layer; only the script itself knows its address.",
            parameters=(
                query("place", "Place whose rules apply, as a country or as ISO 3166-2.", "US-CA"),
                query("rule", "First digits of the hash of the rule that the page was shown.", "5d41402a"),
            ),
            replies=(text_reply("text/javascript", "A module: code and facts.", "export default[…];"),),
            errors=(404, 503),
            is_fast=True,
        ),
        get(
            path="/b/<site>/tcf/<digits>.js",
            endpoint=answer_screens,
            summary="Return the code of the second layer of a site with TCF; only the script itself knows its address.",
            replies=(text_reply("text/javascript", "A module.", "export default …;"),),
            errors=(404, 503),
            is_fast=True,
        ),
        get(
            path=f"{SITES}/decision",
            endpoint=answer_decision,
            summary="Return which tags may run for this visitor here and now, each with its reason.",
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
            summary="Join the choice of who is signed in with that of the device, and set the cookies of both.",
            body=json_body(AccountRequestSchema, {"subject": SUBJECT}),
            replies=(json_reply(JoinedSchema, "What applies here now."),),
            errors=(400, 403, 404, 413, 415, 429, 503),
            is_fast=True,
        ),
        post(
            path=f"{SITES}/account/forget",
            endpoint=answer_sign_out,
            summary="Give the device its own choice back, after sign-out.",
            body=json_body(NothingSchema, {}),
            replies=(Reply(204, "The device has its own choice."),),
            errors=REPORTING,
            is_fast=True,
        ),
        post(
            path=f"{SITES}/account/delete",
            endpoint=answer_account_deletion,
            summary="Delete what the account of who is signed in has chosen; refusals go on without a name.",
            body=json_body(DeletionSchema, {"subject": SUBJECT}),
            replies=(Reply(204, "The grants of the account are gone."),),
            errors=(400, 403, 404, 409, 413, 415, 429, 503),
            is_fast=True,
        ),
        post(
            path=f"{SITES}/events",
            endpoint=answer_event,
            summary="Count a banner that was shown or a choice that was made; nothing of the visitor is stored.",
            body=json_body(EventSchema, {"event": "shown", "config": CONFIG, "token": WRITE}),
            replies=(Reply(204, "The event is counted."),),
            errors=REPORTING,
            is_fast=True,
        ),
        post(
            path=f"{SITES}/csp-reports",
            endpoint=answer_csp_reports,
            summary="Take reports of a page's policy: only the hosts that no vendor of the site has are stored.",
            body=CSP_REPORTS,
            replies=(Reply(204, "The reports are read."),),
            errors=REPORTING,
            is_fast=True,
        ),
        post(
            path=f"{SITES}/sightings",
            endpoint=answer_sightings,
            summary="Take names of what a page met: those that nothing in the live config explains are stored for review.",
            body=json_body(SightingsSchema, {"cookie": ["_ga_*"], "host": ["cdn.example.net"]}),
            replies=(Reply(204, "The names are read."),),
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
            summary="Return the lines for the head of each page, for a program that puts them there.",
            replies=(json_reply(LinesSchema, "The lines."),),
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
