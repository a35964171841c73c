"""Made-up scan results, as values for an audit."""

from typing import Any

SITE, TRACKER = "https://www.example.com/", "https://www.google-analytics.com/g/collect"
NOW = 1795564800


def result(*visits: dict[str, Any], **more: Any) -> dict[str, Any]:
    facts = {"url": SITE, "pages": [SITE], "seconds": 1.0, "began_at": 0, "gpc_json": None}
    return {**facts, "is_complete": True, "is_whole": False, "visits": list(visits), **more}


def visit(state: str, *pages: dict[str, Any], region: str | None = None, **more: Any) -> dict[str, Any]:
    needs_choice = state in ("reject", "accept", "withdraw")
    facts = {
        "choice": choice(1) if needs_choice else None,
        "withdrawal": choice(2) if state == "withdraw" else None,
        "cookies": [],
        "cookies_before": [],
        "receipts": [],
        "banner": {},
        "probes": {},
        "refused": {},
        "hosts": {},
        "problem": None,
    }
    return {"state": state, "region": region, "pages": list(pages or [page()]), **facts, **more}


def choice(actions: int, found: bool = True) -> dict[str, Any]:
    return {"wanted": "", "found": found, "how": "words", "label": "", "actions": actions, "at": 100.0}


def page(url: str = SITE, **more: Any) -> dict[str, Any]:
    lists: dict[str, Any] = {
        name: [] for name in ("requests", "writes", "fingerprints", "consent_mode", "errors", "notes", "own_host")
    }
    facts = {"final_url": url, "problem": None, "left_out": 0, "revisit": None, "idle_at": None, "frames": [frame()]}
    facts |= {"own_host_plain": 0}
    return {"url": url, **lists, **facts, **more}


def frame(consent: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    names = ("local_storage", "session_storage", "indexed_db", "cache", "service_worker", "apis", "said", "decorated")
    return {"url": SITE, "is_main": True, "consent": consent, **{name: [] for name in names}, **more}


def request(
    url: str, after: bool = False, at: float = 50.0, kind: str = "script", ran_at: float | None = None
) -> dict[str, Any]:
    facts = {"url": url, "kind": kind, "at": at, "after_choice": after, "by": [SITE], "status": 200, "vary": ""}
    return {**facts, "ran_at": ran_at, "by_parser": False}


def write(name: str, after: bool = False, kind: str = "cookie", host: str = "www.example.com") -> dict[str, Any]:
    facts = {"at": 150.0 if after else 50.0, "after_choice": after, "by": [SITE], "deletes": False, "by_header": False}
    return {"kind": kind, "name": name, "host": host, **facts}


def decision(granted: dict[str, bool], mode: str = "held", show: str = "ask", country: str = "DE") -> dict[str, Any]:
    groups = {group: {"granted": is_granted} for group, is_granted in granted.items()}
    tags = [{"id": "ga4", "vendor": "google-analytics", "group": "analytics", "mode": mode}]
    return {
        "site": "shop",
        "place": {"country": country, "subdivision": None},
        "show": show,
        "groups": groups,
        "tags": tags,
    }
