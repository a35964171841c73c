"""WSGI middleware that sets a consent-dependent Content-Security-Policy on HTML pages."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from consent.core.choice import newest_choice_text
from consent.csp.client import Sources
from consent.csp.policy import OWN_POLICY, policies_with, without_reports

WSGI = Callable[..., Iterable[bytes]]
ENFORCED, REPORTED = "Content-Security-Policy", "Content-Security-Policy-Report-Only"
MAX_CHOICE_LENGTH = 1024
PAGES = ("document", "iframe", "frame", "object", "embed")
"""What a browser asks a page for (Fetch Metadata)."""
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")


class ConsentPolicy:
    """Wraps any WSGI application, Django's and Flask's too.

    `service` is the address under which browsers reach the consent service, `token` one of scope `decide`. `ask_at` is
    where this server reaches it, if elsewhere. `own` is the site's own policy; a page that sends one itself, with its
    nonce, has that one taken instead. `report_only` lets everything run and only has it reported. `visitor_address`
    tells the visitor's address from the WSGI environ; by default REMOTE_ADDR, so behind a proxy name the right one.
    `age_band` tells the visitor's age band from it, or the age in whole years, where the site knows one.
    """

    def __init__(
        self,
        app: WSGI,
        *,
        service: str,
        site: str,
        token: str,
        ask_at: str = "",
        own: str = OWN_POLICY,
        report_only: bool = False,
        timeout_s: float = 0.5,
        visitor_address: Callable[[dict[str, Any]], str] = lambda environ: environ.get("REMOTE_ADDR", ""),
        age_band: Callable[[dict[str, Any]], str] = lambda _: "",
    ) -> None:
        base = service.rstrip("/")
        self._app, self._site, self._own = app, site, own
        self._report_only = report_only
        parts = urlsplit(base)
        self._service = f"{parts.scheme}://{parts.netloc}"
        self._reports = f"{base}/api/v1/sites/{site}/csp-reports"
        self._sources = Sources(ask_at.rstrip("/") or base, site, token, timeout_s)
        self._visitor_address, self._age_band = visitor_address, age_band

    @classmethod
    def init_app(cls, app: Any, **settings: Any) -> None:
        """Wrap a Flask application in place: `ConsentPolicy.init_app(app, service=…, site=…, token=…)`."""
        app.wsgi_app = cls(app.wsgi_app, **settings)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer as the application does; HTML gets the policy, and is answered whole."""

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            kind = next((value for name, value in headers if name.lower() == "content-type"), "")
            if not status.startswith("3") and kind.lower().startswith(("text/html", "application/xhtml")):
                headers = self._with_policy(environ, headers)
            return start_response(status, headers, *error)

        if _wants_page(environ):
            # A 304 has the browser go on with the policy that it got the page with, whatever was chosen since.
            environ = {name: value for name, value in environ.items() if name not in CONDITIONS}
        return self._app(environ, start)

    def _with_policy(self, environ: dict[str, Any], headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
        own = [value for name, value in headers if name.lower() == ENFORCED.lower()] or [self._own]
        if self._report_only:
            # What the page itself enforces and reports stays as it is; this is a copy for our reports.
            own = [without_reports(value) for value in own]
        else:
            headers = [(name, value) for name, value in headers if name.lower() != ENFORCED.lower()]
        sources = [self._service, *self._sources.of(self._parameters(environ), self._visitor_address(environ))]
        sent = REPORTED if self._report_only else ENFORCED
        policies = [(sent, policy) for policy in policies_with(own, sources, self._reports)]
        # Two visitors of one page may allow different things: a cache between must not mix them up.
        vary = [("Vary", "Cookie, Sec-GPC, DNT")]
        return [*headers, *policies, ("Reporting-Endpoints", f'consent="{self._reports}"'), *vary]

    def _parameters(self, environ: dict[str, Any]) -> dict[str, str]:
        path = (
            (environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")).encode("latin-1").decode("utf-8", "replace")
        )
        parameters = {"path": path[:2048] or "/"}
        parameters |= {
            name: "1" for name, header in (("gpc", "HTTP_SEC_GPC"), ("dnt", "HTTP_DNT")) if environ.get(header) == "1"
        }
        if choice := _cookie(environ.get("HTTP_COOKIE", ""), f"consent_{self._site}"):
            parameters["choice"] = choice
        if band := self._age_band(environ):
            parameters["age" if band.isdigit() else "age_band"] = band
        return parameters


def _wants_page(environ: dict[str, Any]) -> bool:
    kind = environ.get("HTTP_SEC_FETCH_DEST")
    return kind in PAGES if kind else "text/html" in environ.get("HTTP_ACCEPT", "")


def _cookie(text: str, wanted: str) -> str:
    pairs = (part.strip().partition("=") for part in text.split(";"))
    values = (value for name, _, value in pairs if name == wanted and len(value) <= MAX_CHOICE_LENGTH)
    return newest_choice_text(values) or ""
