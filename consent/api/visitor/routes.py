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
    400: "The form cannot be used; nothing was written.",
    403: "The form is not of this page; nothing was written.",
    409: "The form was sent with another choice; nothing was written.",
    410: "What the form recorded was erased; nothing was written.",
    413: "The form is too large; nothing was written.",
    429: "Too many requests from this network; nothing was written.",
}
REQUEST_REFUSALS = {
    400: "The form cannot be read; nothing was written.",
    413: "The form is too large; nothing was written.",
    422: "Fields of the form cannot be used, each with its sentence; nothing was written.",
    429: "Too many requests, from this network, by this address or on this site; nothing was written.",
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
        summary="Return the script of the one line that puts the declaration into a page.",
        replies=(text_reply("text/javascript", "The script.", "(()=>{…})()"),),
        errors=(404, 503),
    ),
    get(
        path="/c/<site>/<name>",
        endpoint=answer_declaration_file,
        summary="Return the style or a script of the declaration.",
        replies=(_file("The file."),),
        errors=(404, 503),
    ),
)
PREVIEW: tuple[Route, ...] = (
    get(
        path="/p/<site>",
        endpoint=answer_preview_page,
        summary="Show the page of a signed link, with the buttons that start and leave the preview of the draft.",
        parameters=(query("key", "Signed text of the link.", "1764633600.0.c2lnbmVk"),),
        replies=(_page("The page."), _page("There is no such link, or it has ended.", 404)),
        errors=(404, 503),
    ),
    post(
        path="/p/<site>",
        endpoint=answer_preview_choice,
        summary="Start or leave the preview, by the form of that page.",
        body=PREVIEW_FORM,
        replies=(
            _page("The page, with a cookie that starts the preview or ends it."),
            _page("There is no such link, or it has ended.", 404),
        ),
        errors=(400, 403, 404, 413, 503),
    ),
    get(
        path="/p/<site>/decision",
        endpoint=answer_preview_decision,
        summary="Return what the draft answers in the language of a page, to the browser that has the link's cookie.",
        parameters=(LANGUAGE,),
        replies=(json_reply(PreviewSchema, "What the script needs of the draft."),),
        errors=(403, 404, 503),
    ),
)
OFF = _page("The site takes no requests here; the page says whom to write to.", 404)
GONE = _page("The link was used before, has expired, or there is none such.", 404)
REQUESTS: tuple[Route, ...] = (
    get(
        path="/rights/<site>",
        endpoint=answer_request_page,
        summary="Show the form of requests under the privacy law of the visitor's place.",
        parameters=(LANGUAGE, query("place", "Place whose law counts; else the one of the address.", "US-CA")),
        replies=(_page("The page."), OFF),
        errors=(400, 404, 503),
    ),
    post(
        path="/rights/<site>",
        endpoint=answer_visitor_request,
        summary="Make a request by the form of that page, or open the page for who is signed in.",
        body=REQUEST_FORM,
        replies=(
            _page("The page for who is signed in, or that the choices of the account are deleted."),
            Reply(303, "The request is in the register, or a mail with a link is on its way; its page follows."),
            *(_page(sentence, status) for status, sentence in REQUEST_REFUSALS.items()),
            OFF,
        ),
        errors=(403, 404, 409, 503),
    ),
    get(
        path="/rights/<site>/sent",
        endpoint=answer_request_sent,
        summary="Show that a mail with the link is on its way.",
        parameters=(LANGUAGE,),
        replies=(_page("The page."), OFF),
        errors=(400, 404, 503),
    ),
    get(
        path="/rights/<site>/mail",
        endpoint=answer_request_confirmation,
        summary="Show the button that confirms a request, by the link of a mail.",
        parameters=(KEY, LANGUAGE),
        replies=(_page("The page."), GONE),
        errors=(400, 404, 503),
    ),
    post(
        path="/rights/<site>/mail",
        endpoint=answer_request_confirmed,
        summary="Confirm a request, once, by the form of that page.",
        body=KEY_FORM,
        replies=(Reply(303, "The request is in the register; the page of its state follows."), GONE),
        errors=(400, 403, 404, 413, 503),
    ),
    get(
        path="/rights/<site>/state",
        endpoint=answer_request_state,
        summary="Show what became of a request, by its link.",
        parameters=(KEY, LANGUAGE),
        replies=(_page("The page."), GONE),
        errors=(400, 404, 503),
    ),
    post(
        path="/rights/<site>/state",
        endpoint=answer_request_taken_back,
        summary="Withdraw a request by the form of that page.",
        body=KEY_FORM,
        replies=(_page("The page, with the request closed."), GONE),
        errors=(400, 403, 404, 413, 503),
    ),
    get(
        path="/rights/<site>/<name>",
        endpoint=answer_request_file,
        summary="Return a style of that page.",
        replies=(_file("The file."),),
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
            summary="Show the receipts that this browser's own cookie leads to.",
            parameters=(LANGUAGE,),
            replies=(_page("The page."),),
            errors=(404, 503),
        ),
        post(
            path="/r/<site>",
            endpoint=answer_withdrawal,
            summary="Withdraw, by the form of that page.",
            body=FORM,
            replies=(
                _page("The consent is withdrawn; the page has the receipt of it."),
                Reply(303, "This browser has no id; the page of receipts follows."),
                *(_page(sentence, status) for status, sentence in REFUSALS.items()),
            ),
            errors=(404, 503),
        ),
        get(
            path="/r/<site>/<name>",
            endpoint=answer_page_file,
            summary="Return the style or a script of that page.",
            replies=(_file("The file."),),
            errors=(404, 503),
        ),
        *DECLARATION,
        *PREVIEW,
        *REQUESTS,
    ),
)
