"""A vendor as its catalogue file describes it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Parameter:
    """What whoever adds a tag fills in; `pattern` is matched against the whole value."""

    id: str
    label: str
    pattern: str
    example: str


@dataclass(frozen=True, slots=True)
class TagTemplate:
    """A tag that marketing can add; `load` holds `{parameter}` where a value belongs."""

    id: str
    name: str
    group: str
    purposes: tuple[str, ...]
    sale_or_share: bool
    exemptions: tuple[str, ...]
    limited: str | None
    load: dict[str, Any] = field(compare=False)
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Vendor:
    """A product and the company behind it; `document` is the whole file, a `consent-vendor/1`."""

    id: str
    name: str
    company: str
    group: str | None
    hosts: tuple[str, ...]
    tags: tuple[TagTemplate, ...]
    document: dict[str, Any] = field(compare=False)

    def tag(self, template_id: str) -> TagTemplate:
        """Return the template named `template_id`; raises KeyError where there is none."""
        for template in self.tags:
            if template.id == template_id:
                return template
        raise KeyError(template_id)

    def is_at(self, host: str) -> bool:
        """Tell whether `host` belongs to this vendor; `*.` stands for one or more names before the rest, as in a CSP."""
        return any(host == known or (known.startswith("*.") and host.endswith(known[1:])) for known in self.hosts)


def new_vendor(document: dict[str, Any]) -> Vendor:
    """Return the vendor of a checked `document`."""
    return Vendor(
        document["id"],
        document["name"],
        document["company"],
        document["group"],
        tuple(document["hosts"]),
        tuple(_new_template(tag) for tag in document["tags"]),
        document,
    )


def _new_template(tag: dict[str, Any]) -> TagTemplate:
    return TagTemplate(
        tag["id"],
        tag["name"],
        tag["group"],
        tuple(tag["purposes"]),
        tag["sale_or_share"],
        tuple(tag["exemptions"]),
        tag["limited"],
        tag["load"],
        tuple(Parameter(**parameter) for parameter in tag["parameters"]),
    )
