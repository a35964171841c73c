"""A shop that proxies four vendors under paths of its own host, and their endpoints, which record what they receive."""

import re
from pathlib import Path
from typing import Any

from tests.scanner.websites import PAGE, Sites

ROOT = Path(__file__).parents[2]
POSTHOG = ROOT / "node_modules" / "posthog-js" / "dist" / "array.full.js"
PHC = "phc_" + "Ab1" * 14
GTAG = """
(() => {
  // A stand-in that speaks consent mode as Google documents it, and posts to its own mount.
  window.google_tag_manager ??= {}; window.google_tag_data ??= {};
  const mount = new URL(document.currentScript.src).pathname.replace(/\\/gtag\\/js$|\\/$/, "");
  const state = { ad_storage: "-", analytics_storage: "-" };
  const sign = (type) => ({ granted: 1, denied: 0 })[state[type]] ?? "-";
  const take = ([word, a, b]) => {
    if (word === "consent") Object.assign(state, b);
    if (word !== "config") return;
    const id = `${Math.floor(Math.random() * 2e9)}.${Math.floor(Date.now() / 1000)}`;
    if (state.analytics_storage !== "denied") document.cookie = `_ga=GA1.1.${id}; path=/; max-age=9999999`;
    const gcs = `G1${sign("ad_storage")}${sign("analytics_storage")}`;
    const query = new URLSearchParams({ v: 2, tid: a, cid: id, gcs, en: "page_view", dl: location.href });
    navigator.sendBeacon(`${mount}/ag/g/c?${query}`);
  };
  const layer = (window.dataLayer ??= []);
  const known = layer.map((entry) => Array.from(entry));
  [...known.filter(([word]) => word === "consent"), ...known.filter(([word]) => word !== "consent")].forEach(take);
  const push = layer.push.bind(layer);
  layer.push = (...entries) => { entries.forEach((entry) => take(Array.from(entry))); return push(...entries); };
})();
"""
MATOMO = """
(() => {
  // A stand-in that sends what the tracking HTTP API takes. piwikTrackContent "&rec=1"
  const id = [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  document.cookie = `_pk_id.1.1fff=${id}.1; path=/; max-age=9999999`;
  const calls = Object.fromEntries((window._paq || []).map(([name, ...args]) => [name, args]));
  fetch(`${calls.setTrackerUrl[0]}?idsite=${calls.setSiteId[0]}&rec=1&_id=${id}&url=${encodeURIComponent(location.href)}`,
    { method: "POST", keepalive: true });
})();
"""
PLAUSIBLE = """
(() => {
  // A stand-in that posts an event in the documented form. plausible_ignore /api/event
  const body = JSON.stringify({ n: "pageview", u: location.href, d: "site.localhost", r: null });
  fetch("/api/event", { method: "POST", keepalive: true, headers: { "content-type": "text/plain" }, body });
})();
"""
LOADS = {
    "google-analytics": "window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }"
    " gtag('js', new Date()); gtag('config', 'G-ABC1234567'); add('/metrics/gtag/js?id=G-ABC1234567');",
    "matomo": "window._paq = [['setTrackerUrl', '/stats/collect'], ['setSiteId', '1'], ['trackPageView']];"
    " add('/stats/m.js');",
    "posthog": "window.posthog = Object.assign([], { __SV: 1, _i: [["
    f"'{PHC}', {{ api_host: location.origin + '/ingest', opt_out_useragent_filter: true, advanced_disable_flags: true,"
    " disable_session_recording: true }, 'posthog']] }); add('/ingest/static/array.js');",
    "plausible": "add('/js/script.js');",
}
"""What each vendor's snippet does in the page; `add` inserts a script."""
MOUNTS = {
    "google-analytics": ["/metrics/*"],
    "matomo": ["/stats/*"],
    "posthog": ["/ingest/*"],
    "plausible": ["/js/script.js", "/api/event"],
}
ADD = (
    "const add = (src) => document.head.append(Object.assign(document.createElement('script'), { src, async: true }));"
)


def snippet(vendor: str) -> str:
    """Return a vendor's snippet as an inline script."""
    return f"<script>{{ {ADD} {LOADS[vendor]} }}</script>"


def serve_vendors(sites: Sites) -> None:
    """Serve the four vendors under the shop's own host."""

    def answer(status: int, text: str = "", kind: str = "text/plain") -> Any:
        def act(handler: Any) -> None:
            handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
            handler.answer(text, kind, status=status)

        return act

    sites.scripts["/metrics/gtag/js"] = GTAG
    sites.scripts["/stats/m.js"] = MATOMO
    sites.scripts["/js/script.js"] = PLAUSIBLE
    sites.scripts["/ingest/static/array.js"] = POSTHOG.read_text("utf-8")
    sites.acts |= {
        "/metrics/ag/g/c": answer(204),
        "/stats/collect": answer(204),
        "/api/event": answer(202, "ok"),
        f"/ingest/array/{PHC}/config.js": answer(200, "", "text/javascript"),
        f"/ingest/array/{PHC}/config": answer(200, "{}", "application/json"),
        "/ingest/flags/": answer(200, "{}", "application/json"),
        "/ingest/e/": answer(200, '{"status":1}', "application/json"),
        "/ingest/i/v0/e/": answer(200, '{"status":1}', "application/json"),
    }


def events(sites: Sites) -> set[str]:
    """Return the vendors whose events arrived."""
    ends = {
        "google-analytics": r"/metrics/ag/g/c",
        "matomo": r"/stats/collect",
        "posthog": r"/ingest/(e|i/v0/e)/",
        "plausible": r"/api/event",
    }
    return {vendor for vendor, end in ends.items() if any(re.search(end, line) for line in sites.asked)}


def page(sites: Sites, path: str, head: str = "", body: str = "") -> None:
    """Serve a page of the shop."""
    sites.pages[path] = PAGE.format("Shop", body).replace('<meta charset="utf-8">', '<meta charset="utf-8">' + head)
