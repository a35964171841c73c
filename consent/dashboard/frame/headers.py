"""Security headers for all dashboard responses."""

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
    """Add the security headers to each response of the dashboard."""

    def add(response: Response) -> Response:
        if response.status_code == 304:
            # Werkzeug opens the file before it decides on a 304, and then leaves it open.
            response.close()
        headers = response.headers
        headers["X-Content-Type-Options"] = "nosniff"
        if is_https:
            headers["Strict-Transport-Security"] = HSTS
        # Skip files for the sites' pages, but not their error pages, which open in the dashboard's window.
        if (
            request.blueprint not in DASHBOARD_BLUEPRINTS
            and request.url_rule is not None
            and response.status_code < 400
        ):
            return response
        # Pages that show a frame, and the frames themselves, set their own.
        headers.setdefault("Content-Security-Policy", CSP)
        # Not `no-referrer`, since Flask-WTF checks the referrer of each form over https.
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if request.endpoint != "dashboard.static" or response.status_code >= 400:
            headers["Cache-Control"] = "no-store"
        return response

    app.after_request(add)
