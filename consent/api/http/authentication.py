"""Text on authentication for the OpenAPI document and its page."""

from typing import NamedTuple

SCOPES = {
    "decide": "Decisions and choices for visitors, by a server that knows their place and signals.",
    "receipts:read": "Search, receipts with their personal part, access copies, statistics and alarms.",
    "receipts:export": "Exports and evidence archives.",
    "receipts:import": "Choices that visitors made with another consent tool.",
    "privacy:erase": "Erasures, marks, privacy requests and retention.",
    "accounts:read": "What the account of a signed-in visitor allows, by `sub`.",
    "accounts:refuse": "Refusals on behalf of an account, and merging two accounts of one person.",
    "delivery:write": "Status of receivers, and replays.",
    "config:write": "Drafts, publishing, and keys for subject tokens.",
    "config:read": "Drafts, their differences and versions; checks of config files.",
    "log:read": "The audit trail, and the log of a site whose log is not public.",
}
"""What a token of each scope allows."""


class Section(NamedTuple):
    """One way to authenticate."""

    title: str
    text: str


AUTHENTICATION = (
    Section("Pages", "Pages of the site send no token; CORS allows exactly the site's own origins."),
    Section(
        "Bearer tokens",
        "Servers send `Authorization: Bearer cst_…`. An admin creates a token under Tokens in the "
        "dashboard, or with `consent token create`, for chosen sites and scopes; it is shown once. A "
        "request without a valid token gets 401 `invalid_token`; one without the scope, or for another "
        "site, gets 403 `insufficient_scope`. A revoked token stops working within 2 seconds on every "
        "node. The scopes `config:write`, `privacy:erase`, `delivery:write` and `receipts:import` of a token that was "
        "created in the dashboard work only where the user who is responsible for it is an admin; elsewhere, the answer "
        "is 403 `token_user_not_admin` until another admin takes the token over. A token of the command line has no "
        "user.",
    ),
    Section(
        "Write token of the page",
        "Each choice includes the `token` of the decision that was shown to the visitor, even if a server "
        "sends the choice. It proves what was shown, is the same for all visitors who are shown the same "
        "on a day, and is valid for 60 days. Any other token gets 403 `invalid_token`.",
    ),
    Section(
        "Metrics",
        "`/metrics` requires the token in CONSENT_METRICS_TOKEN. If none is set, it only answers its own machine.",
    ),
)


def as_markdown() -> str:
    """Return the section on authentication in Markdown, for the description of the OpenAPI document."""
    scopes = "\n".join(f"- `{scope}`: {use}" for scope, use in SCOPES.items())
    schemes = "\n\n".join(f"**{one.title}.** {one.text}" for one in AUTHENTICATION)
    return f"# Authentication\n\n{schemes}\n\nScopes of bearer tokens:\n\n{scopes}"
