"""Security headers of all dashboard responses."""

from flask import Flask, Response, request

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
OIDC = "oidc"
SETUP = "setup"
DASHBOARD_BLUEPRINTS = ("dashboard", "security", OIDC, SETUP)
HSTS = "max-age=31536000"


def set_headers(app: Flask, is_https: bool) -> None:
    """Send the security headers with each response of the dashboard."""

    def add(response: Response) -> Response:
        if response.status_code == 304:
            # Werkzeug opens the file before it knows that nothing of it is to be sent, and leaves it open then.
            response.close()
        headers = response.headers
        headers["X-Content-Type-Options"] = "nosniff"
        if is_https:
            headers["Strict-Transport-Security"] = HSTS
        # Files for pages of sites. Where there is none the answer is an error page, in the same window as the dashboard.
        if (
            request.blueprint not in DASHBOARD_BLUEPRINTS
            and request.url_rule is not None
            and response.status_code < 400
        ):
            return response
        # A page that shows a frame, and the frame itself, bring their own.
        headers.setdefault("Content-Security-Policy", CSP)
        # Not `no-referrer`: Flask-WTF compares the referrer of each form on https.
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.endpoint != "dashboard.static" or response.status_code >= 400:
            headers["Cache-Control"] = "no-store"
        return response

    app.after_request(add)
