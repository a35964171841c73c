"""Parse and validate a custom vendor's form into a catalog document."""

import datetime
import re

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from consent.classifier.catalog import document_errors
from consent.classifier.purposes import purpose_groups
from consent.core.documents.vendor_file import VendorDocument, VendorTag
from consent.core.documents.vendors import VendorCookie
from consent.core.groups import ESSENTIAL, last_group
from consent.core.translatable import translatable
from consent.dashboard.frame.context import services
from consent.dashboard.frame.locale import Labels
from consent.sites.custom.vendor_export import PREFIX
from consent.sites.draft import DraftError

SPARE_ROWS, MAX_ROWS = 8, 100
DAY_SECONDS = 86_400
NEEDED = translatable("Enter one line of at most 200 characters, without text-direction marks.")
SENTENCES = Labels(
    {
        "name": NEEDED,
        "company": NEEDED,
        "country": "Enter two letters, such as DE.",
        "privacy_url": "Enter an address that begins with https://.",
        "opt_out_url": "Enter an address that begins with https://.",
        "hosts": "Enter one host per line, such as cdn.example.com or *.example.com, or with a path: www.example.com/maps/.",
        "data_categories": "Enter lines of at most 200 characters, without text-direction marks.",
        "recipient_kind": "Choose one of the roles.",
    }
)
Form = MultiDict[str, str]


def typed_vendor(form: Form, vendor_id: str) -> VendorDocument:
    """Return the document that `form` describes. Raises DraftError with a sentence for each invalid field."""
    errors: dict[str, str] = {}
    cookies = _cookies(form, errors)
    purposes = [code for code in dict.fromkeys(form.getlist("purposes")) if code in purpose_groups()]
    purposes = purposes or [code for code in dict.fromkeys(one["purpose"] for one in cookies) if code]
    if not purposes:
        errors["purposes"] = gettext("Choose at least one purpose: it decides the group, and visitors read it.")
    groups = [purpose_groups()[code] for code in purposes] + [cookie["group"] for cookie in cookies]
    document = _document(form, vendor_id, cookies, purposes, last_group(groups or [ESSENTIAL]))
    for path, sentence in document_errors(document).items():
        field = path.split(".")[0]
        errors.setdefault(field, SENTENCES.get(field, sentence))
    errors.pop("tags", None)
    if errors:
        raise DraftError(errors)
    return document


def new_id(name: str, taken: set[str]) -> str:
    """Return an unused id for a vendor called `name`, which receipts and cookies will contain."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50] or "vendor"
    wanted = PREFIX + slug
    return next(one for one in (wanted, *(f"{wanted}-{number}" for number in range(2, 1000))) if one not in taken)


def _document(
    form: Form, vendor_id: str, cookies: list[VendorCookie], purposes: list[str], group: str
) -> VendorDocument:
    name = _line(form, "name")
    return {
        "schema": "consent-vendor/1",
        "id": vendor_id,
        "name": name,
        "company": _line(form, "company"),
        "country": _line(form, "country").upper() or None,
        "group": group,
        "privacy_url": _line(form, "privacy_url") or None,
        "opt_out_url": _line(form, "opt_out_url") or None,
        "recipient_kind": form.get("recipient_kind") or None,
        "hosts": list(dict.fromkeys(map(_host, form.get("hosts", "").split()))),
        "data_categories": [one for part in form.get("data_categories", "").split(",") if (one := part.strip())],
        "tags": [_marked(vendor_id, name, group, purposes, form.get("sale_or_share") == "1")] if purposes else [],
        "cookies": cookies,
        "revoke": [],
        "sources": [
            {"facts": ["all"], "source": _line(form, "source") or "Entered for this site", "checked": _today()}
        ],
    }


def _marked(vendor_id: str, name: str, group: str, purposes: list[str], is_sold: bool) -> VendorTag:
    return {
        "id": vendor_id,
        "name": translatable(f"{name[:180]} (in your page)"),
        "group": group,
        "purposes": purposes,
        "sale_or_share": group == "advertising" or (is_sold and group != ESSENTIAL),
        "exemptions": [],
        "limited": None,
        "load": {"type": "marked", "src": None, "attributes": {}, "calls": []},
        "parameters": [],
    }


def _cookies(form: Form, errors: dict[str, str]) -> list[VendorCookie]:
    """Return the rows that aren't empty; errors are reported as `cookies.<row>`."""
    cookies = []
    for row in range(MAX_ROWS):
        name = form.get(f"cookies.{row}.name", "").strip()
        if not name and not any(
            form.get(f"cookies.{row}.{fact}", "").strip() for fact in ("purpose", "days", "domain")
        ):
            continue
        try:
            cookies.append(_cookie(form, row, name))
        except ValueError as error:
            errors[f"cookies.{row}"] = str(error)
    return cookies


def _cookie(form: Form, row: int, name: str) -> VendorCookie:
    purpose, days = form.get(f"cookies.{row}.purpose", ""), form.get(f"cookies.{row}.days", "").strip()
    domain = form.get(f"cookies.{row}.domain", "").strip().lower().lstrip(".")
    if not name:
        raise ValueError(gettext("Enter a name, or leave the row empty."))
    if len(name) > 200 or re.search(r"[\s=;,]", name) or "*" in name[:-1] or name == "*":
        raise ValueError(gettext("Enter a name without spaces, = or ;, and with * only at its end."))
    if purpose not in purpose_groups():
        raise ValueError(gettext("Choose a purpose. It decides which refusal deletes the cookie."))
    if days and not re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", days):
        raise ValueError(gettext("Enter a number of days, or 0 for until the browser is closed."))
    if domain and not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", domain):
        raise ValueError(gettext("Enter a domain such as example.com, or leave it empty for the site's own."))
    return {
        "name": name,
        "pattern": name.endswith("*"),
        "kind": kind if (kind := form.get(f"cookies.{row}.kind", "")) in ("local", "session") else "cookie",
        "group": purpose_groups()[purpose],
        "purpose": purpose,
        "lifetime_s": round(float(days) * DAY_SECONDS) if days else None,
        "domain": domain or None,
        "third_party": bool(domain),
    }


def _host(text: str) -> str:
    """Return a typed host in lowercase, with its path unchanged."""
    host, slash, path = text.partition("/")
    return host.lower() + slash + path


def _line(form: Form, name: str) -> str:
    return " ".join(form.get(name, "").split())


def _today() -> str:
    return datetime.datetime.fromtimestamp(services().now, datetime.UTC).date().isoformat()
