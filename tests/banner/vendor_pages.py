"""A page with one catalog vendor's tag, and the calls that the vendor's code receives."""

import json
from typing import Any

from playwright.sync_api import Page

from consent.classifier.catalog import VENDORS, load_catalog
from consent.classifier.tag_template import fill
from consent.classifier.vendor import TagTemplate
from tests.banner.payload import make_payload, tag
from tests.banner.service import LINE, Service

CATALOG = load_catalog(VENDORS)


COMES = "said.push('the code of {id} comes');"
"""Stands in for a vendor's code."""


LISTENS = f"""<script>
  document.addEventListener("load", e => {{ if (e.target.src?.includes("/vendor/it.js")) {COMES.format(id="it")} }}, true)
</script>"""


KEEPS = """<script>
  window.said = []
  const names = new Set(NAMES), plain = value => JSON.parse(JSON.stringify(value))
  const keeper = name => new Proxy(function () {}, {
    apply: (_, self, args) => void said.push([name, ...plain(args)]),
    get: (_, method) => (...args) => void said.push([name + '.' + String(method), ...plain(args)]),
  })
  for (const name of names) window[name] = keeper(name)
</script>"""
"""The stand-in: it accepts any call and any method, and exists from the start."""


Said = list[Any]


def globals_of(document: dict[str, Any], template: TagTemplate) -> list[str]:
    told = document.get("consent", {}).values()
    lists = [document["revoke"], *(calls for calls in told if isinstance(calls, list))]
    names = {call["call"].split(".")[0] for calls in [*lists, template.load["calls"]] for call in calls}
    return sorted(names - {"gtag"})


def serve(service: Service, vendor_id: str, place: str = "DE", **facts: Any) -> str:
    """Serve a site with one catalog tag as a config has it, and return the page's address."""
    vendor = CATALOG.vendor(vendor_id)
    template = vendor.tags[0]
    parameters = {parameter.id: parameter.example for parameter in template.parameters}
    config_tag = tag("it", template.group, vendor=vendor_id, purposes=list(template.purposes), **facts)
    service.payload = make_payload(service.vendors, place, tags=[config_tag])
    load = fill(template, parameters)
    if load["type"] != "marked":
        load |= {"src": f"{service.vendors}/vendor/it.js"}
    service.payload["acts"]["tags"] = {"it": load}
    acts = {fact: vendor.document[fact] for fact in ("name", "revoke", "hosts", "consent") if fact in vendor.document}
    service.payload["acts"]["vendors"] = {vendor_id: acts}
    keeps = KEEPS.replace("NAMES", json.dumps(globals_of(vendor.document, template)))
    mark = f'type="text/plain" data-consent="{template.group}" data-vendor="{vendor_id}"'
    marked = f"<script {mark}>{COMES.format(id='it')}</script>" if load["type"] == "marked" else ""
    comes = LISTENS
    return service.page(marked, head=keeps + comes + LINE)


def said(page: Page, until: str) -> Said:
    page.wait_for_function(f"JSON.stringify(said).includes({json.dumps(until)})")
    found: Said = page.evaluate("said.splice(0)")
    return found


COMING = "the code of it comes"
