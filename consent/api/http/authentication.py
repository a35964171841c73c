"""Text on authentication for the OpenAPI document and its page."""

from typing import NamedTuple

SCOPES = {
    "decide": "Decisions and choices for visitors, by a server that knows their place and signals.",
    "receipts:read": "Search, receipts with their personal part, access copies, statistics and alarms.",
    "receipts:export": "Exports and evidence archives.",
    "receipts:import": "Choices that visitors made with another consent tool.",
    "privacy:erase": "Erasures, marks, privacy requests and retention.",
    "accounts:read": "What the account of a signed-in visitor allows, by `sub`.",
    "accounts:refuse": "Refusals in the name of an account, and merging two accounts of one person.",
    "delivery:write": "How receivers stand, and replays.",
    "config:write": "Drafts, publishes, and keys for subject tokens.",
    "config:read": "Drafts, their differences and versions; checks of config files.",
    "log:read": "The audit trail, and the log of a site whose log is not public.",
}
"""What a token of each scope allows."""


class Section(NamedTuple):
    """One way to authenticate."""

    title: str
    text: str


AUTHENTICATION = (
    Section("Pages", "Pages of the site send no token; CORS admits the exact origins of the site and no others."),
    Section(
        "Bearer tokens",
        "Servers send `Authorization: Bearer cst_…`. An admin makes a token under Tokens in the dashboard, or by `consent"
        " token create`, for some sites and scopes; it is shown once. Without a live token the answer is 401"
        " `invalid_token`, without the scope or for another site 403 `insufficient_scope`. A revoked token ends within 2"
        " seconds on every node.",
    ),
    Section(
        "Write token of the page",
        "A choice carries the `token` of the decision that its page was shown, also where a server sends it. It proves what"
        " was shown, is the same for all who are shown the same on a day, and is valid for 60 days; with another the answer"
        " is 403 `invalid_token`.",
    ),
    Section(
        "Metrics",
        "`/metrics` takes the token of CONSENT_METRICS_TOKEN; without one it answers its own machine only.",
    ),
)


def as_markdown() -> str:
    """Return the section on authentication in Markdown, for the description of the OpenAPI document."""
    scopes = "\n".join(f"- `{scope}`: {use}" for scope, use in SCOPES.items())
    schemes = "\n\n".join(f"**{one.title}.** {one.text}" for one in AUTHENTICATION)
    return f"# Authentication\n\n{schemes}\n\nScopes of bearer tokens:\n\n{scopes}"
