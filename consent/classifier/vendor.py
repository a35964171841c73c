"""Data model of a vendor, as in its catalog file."""

from dataclasses import dataclass, field

from consent.core.documents.vendor_file import VendorDocument, VendorLoad, VendorParameter, VendorTag
from consent.core.groups import ESSENTIAL, last_group
from consent.core.host_patterns import matches
from consent.core.translatable import translatable


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value to be filled in when adding a tag; `pattern` must match the whole value.

    The kind `host` is a host, optionally with a path. `where` says where to find the value in the vendor's product;
    `choices` are all values and their labels, the usual one first.
    """

    id: str
    label: str
    pattern: str
    example: str
    kind: str = ""
    where: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TagTemplate:
    """A tag that marketing can add; `load` has `{parameter}` in place of each value.

    `exemptions` apply in every setting of the product, those in `qualifies` in some. `product` is its name in a page if
    the vendor has several, or empty; `ended` is the day it was shut down, such as `2024-07-01`.
    """

    id: str
    name: str
    group: str
    purposes: tuple[str, ...]
    sale_or_share: bool
    exemptions: tuple[str, ...]
    limited: str | None
    load: VendorLoad = field(compare=False)
    parameters: tuple[Parameter, ...] = ()
    qualifies: tuple[str, ...] = ()
    product: str = ""
    ended: str = ""
    page_code: str = ""
    """Code for it to keep in the page, as HTML to copy; empty if the service needs nothing there."""


@dataclass(frozen=True, slots=True)
class Vendor:
    """A product and the company behind it; `document` is the whole file, a `consent-vendor/1`.

    If nobody has checked how the product is loaded, `is_checked` is false and its only tag is for a snippet that the
    owner marks in the page; if the group or purposes are unknown, it has no tag.
    """

    id: str
    name: str
    company: str
    group: str | None
    hosts: tuple[str, ...]
    tags: tuple[TagTemplate, ...]
    document: VendorDocument = field(compare=False)
    is_checked: bool = True

    @property
    def is_container(self) -> bool:
        """Return whether it loads tags that are configured elsewhere."""
        return "container" in self.document

    @property
    def is_contained(self) -> bool:
        """Return whether containers commonly load it."""
        return "contained" in self.document

    def tag(self, template_id: str) -> TagTemplate:
        """Return the template with the id `template_id`. Raises KeyError."""
        for template in self.tags:
            if template.id == template_id:
                return template
        raise KeyError(template_id)

    def is_at(self, address: str) -> bool:
        """Return whether `address` is this vendor's; `*.` matches one or more labels, as in a CSP."""
        return any(matches(address, known) for known in self.hosts)


def new_parameter(parameter: VendorParameter) -> Parameter:
    """Return the parameter described in a vendor file."""
    return Parameter(
        parameter["id"],
        parameter["label"],
        parameter["pattern"],
        parameter["example"],
        parameter.get("kind", ""),
        parameter.get("where", ""),
        tuple(parameter.get("choices", {}).items()),
    )


def new_vendor(document: VendorDocument) -> Vendor:
    """Return the vendor described in a validated `document`."""
    is_checked = bool(document["tags"])
    if not is_checked:
        document = document | {"tags": _marked_tags(document)}
    return Vendor(
        document["id"],
        document["name"],
        document["company"],
        document["group"],
        tuple(document["hosts"]),
        tuple(_new_template(tag) for tag in document["tags"]),
        document,
        is_checked,
    )


def _marked_tags(document: VendorDocument) -> list[VendorTag]:
    groups = [group for group in (document["group"], *(cookie["group"] for cookie in document["cookies"])) if group]
    group = last_group(groups) if groups else ESSENTIAL
    purposes = sorted({cookie["purpose"] for cookie in document["cookies"] if cookie["purpose"]})
    if group == ESSENTIAL or not purposes:
        return []
    return [
        {
            "id": document["id"],
            "name": translatable(f"{document['name']} (in your page)"),
            "group": group,
            "purposes": purposes,
            "sale_or_share": group == "advertising",
            "exemptions": [],
            "limited": None,
            "load": {"type": "marked", "src": None, "attributes": {}, "calls": []},
            "parameters": [],
        }
    ]


def _new_template(tag: VendorTag) -> TagTemplate:
    return TagTemplate(
        tag["id"],
        tag["name"],
        tag["group"],
        tuple(tag["purposes"]),
        tag["sale_or_share"],
        tuple(tag["exemptions"]),
        tag["limited"],
        tag["load"],
        tuple(map(new_parameter, tag["parameters"])),
        tuple(tag.get("qualifies", ())),
        tag.get("product", ""),
        tag.get("ended", ""),
        "\n".join(tag.get("page_code", ())),
    )
