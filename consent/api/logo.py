"""GET /b/<site>/logo/<sha256>: the logo of the live config, from this service and from nowhere else."""

from consent.api.answer import Answer, ApiError
from consent.api.prepared import Ready
from consent.api.public import Public
from consent.api.request import Request
from consent.api.visit import find_site
from consent.storage import configs

IMMUTABLE = "public, max-age=31536000, immutable"


def answer_logo(public: Public, request: Request, site: str, sha256: str) -> Answer:
    """Answer the logo that the live config of `site` names; any other name is not known here."""
    logo = find_site(public, site).document["look"].get("logo")
    if not logo or logo["sha256"] != sha256:
        raise ApiError(404, "unknown_logo", "The live banner of this site has no such logo.")
    body = public.scripts.get(("logo", sha256), lambda: Ready.of(_read(public, sha256))).body
    headers = [
        ("Content-Type", logo["type"]),
        ("X-Content-Type-Options", "nosniff"),
        # Whoever opens an SVG by itself gets a picture that does nothing.
        ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Cache-Control", IMMUTABLE),
    ]
    return Answer(200, headers, body)


def _read(public: Public, sha256: str) -> bytes:
    with public.engine.connect() as connection:
        body = configs.get_artefact(connection, f"sha256:{sha256}")
    if body is None:
        raise ApiError(404, "unknown_logo", "The live banner of this site has no such logo.")
    return body
