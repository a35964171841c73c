"""Route table of the visitor's pages: own receipts, cookie declaration, preview of a draft."""

from consent.api.http.parameters import LANGUAGE, query
from consent.api.http.routes import Reply, Route, RouteGroup, get, json_reply, post, text_reply
from consent.api.page.preview import answer_preview_decision
from consent.api.page.schemas import PreviewSchema
from consent.api.visitor.cookie_declaration import (
    answer_declaration,
    answer_declaration_file,
    answer_declaration_json,
    answer_declaration_script,
)
from consent.api.visitor.my_receipts import answer_my_receipts, answer_page_file
from consent.api.visitor.preview_page import answer_preview_choice, answer_preview_page
from consent.api.visitor.request_page import (
    answer_request_file,
    answer_request_page,
    answer_request_sent,
    answer_visitor_request,
)
from consent.api.visitor.request_state import (
    answer_request_confirmation,
    answer_request_confirmed,
    answer_request_state,
    answer_request_taken_back,
)
from consent.api.visitor.schemas import DeclarationSchema
from consent.api.visitor.withdraw import answer_withdrawal

HTML = "<!doctype html><html lang=en>…</html>"
REFUSALS = {
    400: "The form is invalid; nothing was written.",
    403: "The form was not issued by this page; nothing was written.",
    409: "The form was already sent with another choice; nothing was written.",
    410: "The receipt of this form was erased; nothing was written.",
    413: "The form is too large; nothing was written.",
    429: "Too many requests from this network; nothing was written.",
}
REQUEST_REFUSALS = {
    400: "The form is invalid; nothing was written.",
    413: "The form is too large; nothing was written.",
    422: "Fields of the form are invalid, each with a message; nothing was written.",
    429: "Too many requests from this network, with this email address or on this site; nothing was written.",
}


def _form(example: dict[str, str]) -> dict[str, object]:
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    return {
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": schema, "example": example}},
    }


FORM = _form({"csrf": "…", "key": "…", "config": "sha256:…", "token": "…"})
PREVIEW_FORM = _form({"key": "1764633600.0.c2lnbmVk"})
REQUEST_FORM = _form({"kind": "access", "place": "DE", "proof": "browser", "stamp": "1764633600.c2lnbmVk"})
KEY_FORM = _form({"key": "c2lnbmVk"})
KEY = query("key", "Secret of the link.", "c2lnbmVk")


def _page(description: str, status: int = 200) -> Reply:
    return text_reply("text/html", description, HTML, status)


def _file(description: str) -> Reply:
    files = {"text/css": {"example": "body{…}"}, "text/javascript": {"example": "(()=>{…})()"}}
    return Reply(200, description, files)


DECLARATION: tuple[Route, ...] = (
    get(
        path="/c/<site>",
        endpoint=answer_declaration,
        summary="Return the cookie declaration of the live config as a page, in the visitor's language.",
        parameters=(LANGUAGE,),
        replies=(_page("The page."),),
        errors=(404, 503),
        is_fast=True,
    ),
    get(
        path="/c/<site>.json",
        endpoint=answer_declaration_json,
        summary="Return the cookie declaration of the live config as JSON.",
        parameters=(LANGUAGE,),
        replies=(json_reply(DeclarationSchema, "The declaration."),),
        errors=(404, 503),
    ),
    get(
        path="/c/<site>.js",
        endpoint=answer_declaration_script,
        summary="Return the script that embeds the declaration in a page.",
        replies=(text_reply("text/javascript", "The script.", "(()=>{…})()"),),
        errors=(404, 503),
    ),
    get(
        path="/c/<site>/<name>",
        endpoint=answer_declaration_file,
        summary="Return a style sheet or script of the declaration.",
        replies=(_file("File contents."),),
        errors=(404, 503),
    ),
)
PREVIEW: tuple[Route, ...] = (
    get(
        path="/p/<site>",
        endpoint=answer_preview_page,
        summary="Show the page of a signed link, with the buttons that start and leave the preview of the draft.",
        parameters=(query("key", "Signed token of the link.", "1764633600.0.c2lnbmVk"),),
        replies=(_page("The page."), _page("The link does not exist or has expired.", 404)),
        errors=(404, 503),
    ),
    post(
        path="/p/<site>",
        endpoint=answer_preview_choice,
        summary="Start or leave the preview, with the form of that page.",
        body=PREVIEW_FORM,
        replies=(
            _page("The page, with a cookie that starts or ends the preview."),
            _page("The link does not exist or has expired.", 404),
        ),
        errors=(400, 403, 404, 413, 503),
    ),
    get(
        path="/p/<site>/decision",
        endpoint=answer_preview_decision,
        summary="Return the draft's decision and texts in the page's language, to a browser with an active preview.",
        parameters=(LANGUAGE,),
        replies=(json_reply(PreviewSchema, "The draft's data for the script."),),
        errors=(403, 404, 503),
    ),
)
OFF = _page("The site does not accept requests here; the page says whom to contact.", 404)
GONE = _page("The link does not exist, was already used, or has expired.", 404)
REQUESTS: tuple[Route, ...] = (
    get(
        path="/rights/<site>",
        endpoint=answer_request_page,
        summary="Show the request form under the privacy law of the visitor's place.",
        parameters=(
            LANGUAGE,
            query("place", "Place whose law applies. Default: that of the visitor's IP address.", "US-CA"),
        ),
        replies=(_page("The page."), OFF),
        errors=(400, 404, 503),
    ),
    post(
        path="/rights/<site>",
        endpoint=answer_visitor_request,
        summary="Submit the request form, or open the page for a signed-in visitor.",
        body=REQUEST_FORM,
        replies=(
            _page("The page for the signed-in visitor, or a confirmation that the account's choices are deleted."),
            Reply(303, "The request was registered, or a confirmation mail was sent; redirects to its page."),
            *(_page(sentence, status) for status, sentence in REQUEST_REFUSALS.items()),
            OFF,
        ),
        errors=(403, 404, 409, 503),
    ),
    get(
        path="/rights/<site>/sent",
        endpoint=answer_request_sent,
        summary="Show that the confirmation mail was sent.",
        parameters=(LANGUAGE,),
        replies=(_page("The page."), OFF),
        errors=(400, 404, 503),
    ),
    get(
        path="/rights/<site>/mail",
        endpoint=answer_request_confirmation,
        summary="Show the button that confirms a request, opened from a mailed link.",
        parameters=(KEY, LANGUAGE),
        replies=(_page("The page."), GONE),
        errors=(400, 404, 503),
    ),
    post(
        path="/rights/<site>/mail",
        endpoint=answer_request_confirmed,
        summary="Confirm a request, once, with the form of that page.",
        body=KEY_FORM,
        replies=(Reply(303, "The request was registered; redirects to its status page."), GONE),
        errors=(400, 403, 404, 413, 503),
    ),
    get(
        path="/rights/<site>/state",
        endpoint=answer_request_state,
        summary="Show the status of a request, by its link.",
        parameters=(KEY, LANGUAGE),
        replies=(_page("The page."), GONE),
        errors=(400, 404, 503),
    ),
    post(
        path="/rights/<site>/state",
        endpoint=answer_request_taken_back,
        summary="Withdraw a request with the form of that page.",
        body=KEY_FORM,
        replies=(_page("The page with the closed request."), GONE),
        errors=(400, 403, 404, 413, 503),
    ),
    get(
        path="/rights/<site>/<name>",
        endpoint=answer_request_file,
        summary="Return a style sheet of that page.",
        replies=(_file("File contents."),),
        errors=(404, 503),
    ),
)
ROUTE_GROUP = RouteGroup(
    "Visitors",
    "Pages for visitors themselves.",
    (
        get(
            path="/r/<site>",
            endpoint=answer_my_receipts,
            summary="Show the receipts linked to this browser's cookie.",
            parameters=(LANGUAGE,),
            replies=(_page("The page."),),
            errors=(404, 503),
        ),
        post(
            path="/r/<site>",
            endpoint=answer_withdrawal,
            summary="Withdraw consent with the form of that page.",
            body=FORM,
            replies=(
                _page("Consent was withdrawn; the page shows the receipt."),
                Reply(303, "This browser has no receipts; redirects to the page of receipts."),
                *(_page(sentence, status) for status, sentence in REFUSALS.items()),
            ),
            errors=(404, 503),
        ),
        get(
            path="/r/<site>/<name>",
            endpoint=answer_page_file,
            summary="Return a style sheet or script of that page.",
            replies=(_file("File contents."),),
            errors=(404, 503),
        ),
        *DECLARATION,
        *PREVIEW,
        *REQUESTS,
    ),
)
