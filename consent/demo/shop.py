"""Demo shop: a few realistic pages with one script tag in their head."""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug import Response as AnyResponse

from consent.core.documents.tags import Tag
from consent.demo.products import MAX_QUANTITY, PRODUCTS, read_cart, total, write_cart
from consent.demo.proxy import place_parameters, proxy, token_headers
from consent.demo.toolbar import toolbar
from consent.demo.upstream import UnavailableError, Upstream
from consent.web.static_files import static_folder

story = Blueprint("story", __name__)
BLOCKER = (static_folder() / "blocker.js").read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Answer:
    """The service's decision: the ids of tags that run right away, and every tag with its reason."""

    allowed: frozenset[str] = frozenset({"demo-session"})
    tags: list[Tag] = field(default_factory=list)
    facts: dict[str, object] = field(default_factory=dict)
    is_unavailable: bool = False


@story.get("/story/server-side")
def server_side() -> Response:
    """Request the decision, then render the page with only the tags that may run."""
    answer = fetch_decision(request.cookies.get("consent_demo"), request.path)
    response = make_response(render_template("server-side.html", answer=answer, blocker=BLOCKER))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def fetch_decision(choice: str | None, path: str) -> Answer:
    """Return the decision for this request's visitor, or only essential tags if the service is unavailable."""
    service: Upstream = current_app.extensions["service"]
    parameters = place_parameters(g.visit) | {"path": path} | ({"choice": choice} if choice else {})
    headers = token_headers(g.visit) | {"Accept": "application/json"}
    if "Accept-Language" in request.headers:
        headers["Accept-Language"] = request.headers["Accept-Language"]
    try:
        reply = service.request("GET", f"/api/v1/sites/demo/decision?{urlencode(parameters)}", headers)
        decision = json.loads(reply.body) if reply.status == 200 else None
    except (UnavailableError, ValueError):
        decision = None
    if not decision:
        return Answer(is_unavailable=True)
    waiting = {tag["id"] for tag in decision["tags"] if "trigger" in tag}
    return Answer(frozenset(decision["allowed_tags"]) - waiting, decision["tags"], decision)


SESSION, CART = "shop_session", "cart"
CART_SECONDS = 14 * 24 * 3600
FIELDS = {"name": "Name", "email": "E-mail", "street": "Street and number", "city": "Postcode and town"}
FOLDER = Path(__file__).parent


def create_shop(
    decide_token: str, service_url: str = "http://127.0.0.1:8000", vendors_url: str = "http://127.0.0.1:8002"
) -> Flask:
    """Return the shop's WSGI app, which requests decisions at `service_url` with `decide_token`.

    The video's iframe is served from `video.vendors.localhost` on the port of `vendors_url`.
    """
    app = Flask(__name__, static_folder=str(FOLDER / "static"), static_url_path="/static")
    port = vendors_url.rpartition(":")[2]
    app.config.update(
        DECIDE_TOKEN=decide_token,
        SERVICE_URL=service_url,
        VENDOR_URL=f"http://{{}}.vendors.localhost:{port}",
        VENDOR_HOSTS=f"http://*.vendors.localhost:{port}",
        FORM_KEY=hashlib.sha256(b"forms of the shop " + decide_token.encode()).digest(),
        MAX_CONTENT_LENGTH=64 * 1024,
    )
    app.extensions["service"] = Upstream(service_url)
    app.extensions["vendors"] = Upstream(vendors_url, timeout_s=2.0)
    app.jinja_env.filters["euro"] = lambda cents: f"€{cents / 100:,.2f}".removesuffix(".00")
    for blueprint in (toolbar, proxy, story):
        app.register_blueprint(blueprint)
    _add_session(app)
    _add_pages(app)
    _add_cart(app)
    _add_checkout(app)
    return app


def form_token(app: Flask, session: str) -> str:
    """Return the CSRF token that forms of this session must send."""
    return hmac.new(app.config["FORM_KEY"], session.encode(), "sha256").hexdigest()


def _add_session(app: Flask) -> None:
    @app.before_request
    def load_session() -> None:
        g.session = request.cookies.get(SESSION) or secrets.token_hex(16)
        g.cart = read_cart(request.cookies.get(CART, ""))
        # Pages without a CSP have no nonce, so that their script tag is as plain as in the docs.
        g.nonce = secrets.token_urlsafe(16) if request.path.startswith("/checkout") else ""
        if request.method == "POST" and request.endpoint in ("put_in_cart", "order"):
            token = request.form.get("form_token", "")
            if not hmac.compare_digest(token.encode(), form_token(app, g.session).encode()):
                abort(
                    400,
                    "This form is from another visit. Go back, load the page again, and send it once more.",
                )

    @app.after_request
    def finish(response: Response) -> Response:
        if response.status_code == 304:
            # Werkzeug opens the file before it decides on a 304, and then leaves it open.
            response.close()
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        if response.mimetype == "text/html" and request.blueprint != "proxy":
            response.headers.setdefault("Cache-Control", "private, no-cache")
            if request.endpoint and SESSION not in request.cookies and request.endpoint != "toolbar.forget":
                response.set_cookie(SESSION, g.session, httponly=True, samesite="Lax")
        return response

    @app.context_processor
    def shop() -> dict[str, object]:
        return {
            "nonce": g.nonce,
            "form_token": form_token(app, g.session),
            "in_cart": sum(g.cart.values()),
            "vendor_url": app.config["VENDOR_URL"].format,
        }


def _add_pages(app: Flask) -> None:
    @app.get("/")
    def home() -> str:
        return render_template("home.html", products=PRODUCTS.values())

    @app.get("/plants/<slug>")
    def product(slug: str) -> str:
        if slug not in PRODUCTS:
            abort(404)
        others = [plant for plant in PRODUCTS.values() if plant.slug != slug][:4]
        return render_template("product.html", product=PRODUCTS[slug], others=others, most=MAX_QUANTITY)

    @app.get("/privacy")
    def privacy() -> str:
        return render_template("privacy.html")

    @app.get("/cookies")
    def cookies() -> str:
        return render_template("cookies.html")

    @app.get("/favicon.ico")
    def icon() -> Response:
        return app.send_static_file("icon.svg")

    @app.errorhandler(404)
    def missing(_error: Exception) -> tuple[str, int]:
        return render_template("missing.html"), 404


def _add_cart(app: Flask) -> None:
    @app.get("/cart")
    def cart() -> str:
        lines = [(PRODUCTS[slug], number) for slug, number in g.cart.items()]
        return render_template("cart.html", lines=lines, total=total(g.cart), most=MAX_QUANTITY)

    @app.post("/cart")
    def put_in_cart() -> AnyResponse:
        slug, number = request.form.get("plant", ""), request.form.get("number", "1")
        if slug not in PRODUCTS or not number.isascii() or not number.isdigit() or int(number[:4]) > MAX_QUANTITY:
            abort(400, f"A cart holds 0 to {MAX_QUANTITY} of a plant that we sell.")
        before = 0 if request.form.get("replace") else g.cart.get(slug, 0)
        return _with_cart(redirect(url_for("cart"), 303), g.cart | {slug: min(before + int(number), MAX_QUANTITY)})


def _add_checkout(app: Flask) -> None:
    @app.get("/checkout")
    def checkout() -> Response:
        return _strict(app, _checkout_page({}, {}))

    @app.post("/checkout")
    def order() -> AnyResponse:
        values = {name: request.form.get(name, "").strip()[:200] for name in FIELDS}
        errors = {name: f"{label} is missing." for name, label in FIELDS.items() if not values[name]}
        if values["email"] and "@" not in values["email"]:
            errors["email"] = "Enter an email address with an @ sign."
        if errors or not g.cart:
            return _strict(app, _checkout_page(values, errors), 400)
        return _with_cart(redirect(url_for("thanks", number=secrets.randbelow(90_000) + 10_000), 303), {})

    @app.get("/checkout/thanks/<int:number>")
    def thanks(number: int) -> Response:
        return _strict(app, render_template("thanks.html", number=number))


def _checkout_page(values: dict[str, str], errors: dict[str, str]) -> str:
    lines = [(PRODUCTS[slug], number) for slug, number in g.cart.items()]
    return render_template(
        "checkout.html", lines=lines, total=total(g.cart), fields=FIELDS, values=values, faults=errors
    )


def _strict(app: Flask, page: str, status: int = 200) -> Response:
    """Send a payment page with the strictest possible CSP (PCI DSS 4.0, 6.4.3)."""
    # The banner works under this policy, and copies its nonce to the tags that may run.
    hosts = app.config["VENDOR_HOSTS"]
    response = make_response(page, status)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{g.nonce}' 'strict-dynamic'; style-src 'self';"
        f" img-src 'self' {hosts}; connect-src 'self' {hosts}; frame-src {hosts}; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types consent"
    )
    return response


def _with_cart(response: AnyResponse, cart: dict[str, int]) -> AnyResponse:
    text = write_cart(cart)
    if text:
        response.set_cookie(CART, text, max_age=CART_SECONDS, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(CART)
    return response
