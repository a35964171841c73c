"""Parse the form for custom code into a tag that is off, with its vendor and lint results."""

from collections.abc import Iterable
from typing import NamedTuple

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from consent.classifier.catalog import Catalog, Vendor
from consent.classifier.classifier import shipped_classifier
from consent.classifier.purposes import purpose_groups
from consent.classifier.registrable_domain import owned_domain
from consent.core.documents.tags import Load, Node
from consent.core.documents.vendors import Cookie
from consent.core.groups import ESSENTIAL, GROUPS
from consent.sites.custom.code import CODE
from consent.sites.custom.tags import TypedCode
from consent.sites.draft import DraftError
from consent.sites.html_snippet import Pasted, PasteError, read_pasted
from consent.sites.snippet_lint import CodeFacts, code_facts

Form = MultiDict[str, str]
ANOTHER = "another"
"""Value of the field `vendor` for one that isn't in the catalog yet."""
TEMPLATE = "custom"


class CodePreview(NamedTuple):
    """A preview of pasted code: nodes, facts, the vendors of its hosts, and the meaning of its cookies and items."""

    pasted: Pasted
    facts: CodeFacts
    owners: dict[str, list[Vendor]]
    items: list[tuple[str, str, str]]

    @property
    def vendors(self) -> list[Vendor]:
        """Return the catalog vendors that the code may be from, those of its first host first."""
        return list({vendor.id: vendor for owners in self.owners.values() for vendor in owners}.values())


def preview_code(text: str, catalog: Catalog) -> CodePreview:
    """Return a preview of the code `text`. Raises PasteError."""
    pasted = read_pasted(text)
    return preview_parsed(pasted, catalog)


def preview_parsed(pasted: Pasted, catalog: Catalog) -> CodePreview:
    """Return a preview of parsed code."""
    facts = code_facts(pasted.nodes)
    owners: dict[str, list[Vendor]] = {host: [] for host in facts.hosts}
    for address in facts.addresses:
        known = owners[address.partition("/")[0]]
        known += [vendor for vendor in catalog.vendors_at(address) if vendor not in known]
    return CodePreview(pasted, facts, owners, [(kind, name, _meaning(name)) for kind, name in facts.items])


def typed_code(form: Form, catalog: Catalog) -> tuple[CodePreview, TypedCode]:
    """Return a preview of the pasted code, and the facts of its tag except the vendor. Raises DraftError."""
    errors: dict[str, str] = {}
    seen = None
    try:
        seen = preview_code(form.get("code", ""), catalog)
    except PasteError as error:
        errors["code"] = str(error)
    purpose = form.get("purpose", "")
    if purpose not in purpose_groups():
        errors["purpose"] = gettext("Choose what it is for: that decides its group, and nothing is saved without one.")
    group = purpose_groups().get(purpose, "")
    necessity = " ".join(form.get("necessity", "").split())
    if group == ESSENTIAL and not necessity:
        errors["necessity"] = gettext("Say what visitors asked for that does not work without it.")
    if errors or seen is None:
        raise DraftError(errors)
    typed: TypedCode = {
        "name": " ".join(form.get("name", "").split())[:200] or _name(seen.facts.hosts),
        "template": TEMPLATE,
        "group": group,
        "purposes": [purpose],
        "load": load_of(seen.pasted.nodes, seen.facts.hosts),
        "necessity": necessity if group == ESSENTIAL else "",
    }
    return seen, typed


def load_of(nodes: list[Node], hosts: list[str]) -> Load:
    """Return the load of a tag with these nodes; the hosts are part of what is approved."""
    return {"type": CODE, "src": None, "attributes": {}, "calls": [], "nodes": nodes, "hosts": hosts}


def new_cookies(seen: CodePreview, vendor: str, group: str, known: Iterable[Cookie]) -> list[Cookie]:
    """Return draft entries for the items in the code that the draft lacks, so that a refusal deletes them."""
    named = {(cookie["kind"], cookie["name"]) for cookie in known}
    return [
        {
            "name": name,
            "pattern": False,
            "kind": kind,
            "group": group,
            "vendor": vendor,
            "purpose": None,
            "lifetime_s": None,
            "domain": None,
            "third_party": False,
        }
        for kind, name in seen.facts.items
        if (kind, name) not in named
    ]


def _name(hosts: list[str]) -> str:
    return f"Custom code from {hosts[0]}" if hosts else "Custom code"


def owner_domain(hosts: list[str]) -> str:
    """Return the domain that the first host belongs to, or an empty string without hosts."""
    return owned_domain(hosts[0]) if hosts else ""


def _meaning(name: str) -> str:
    """Return what the classifier infers from an item's name, in words."""
    answer = shipped_classifier().cookie(name)
    return (
        gettext("looks like %(suggestion)s", suggestion=answer.suggestion)
        if answer.suggestion in GROUPS
        else gettext("not known")
    )
