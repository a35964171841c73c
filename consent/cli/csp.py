"""`consent csp`: Content-Security-Policy by consent, as configuration for nginx or Caddy, or as a header."""

import re
import time
from typing import Any
from urllib.parse import urlsplit

import click

from consent.cli.common import find_site, open_engine, settings_or_exit
from consent.csp import OWN_POLICY, policy_with

MAX_PARAMETER_LENGTH = 3500
"""In characters; nginx rejects a parameter of 4096."""
NAMES = {False: "Content-Security-Policy", True: "Content-Security-Policy-Report-Only"}


@click.command()
@click.argument("site")
@click.option("--format", "kind", type=click.Choice(["nginx", "caddy", "header"]), default="nginx", show_default=True)
@click.option("--place", default="", help="Country or subdivision, such as DE or US-CA. Default: the strictest rules.")
@click.option("--own", default=OWN_POLICY, show_default=True, help="The site's own policy, to which sources are added.")
@click.option("--service", default="", help="URL at which browsers reach the service. Default: CONSENT_BASE_URL.")
@click.option("--report-only", is_flag=True, help="Only report violations to the service, without blocking.")
def csp(site: str, kind: str, place: str, own: str, service: str, report_only: bool) -> None:
    """Print a policy for each choice that a visitor of SITE can make."""
    from consent.app import load_rules
    from consent.core.rules import Place
    from consent.runtime.compiled_config import CompiledConfig
    from consent.runtime.csp_policy_map import policy_cases
    from consent.storage.sites import configs

    settings, rules = settings_or_exit(), load_rules()
    country, _, subdivision = place.upper().partition("-")
    if place and country not in rules.codes:
        raise click.ClickException(f"There is no rule for {place}; without --place, the strictest rules apply.")
    if any(mark in own for mark in '"\\{}$\n'):
        raise click.ClickException("The site's policy must not contain \" \\ { } $ or line breaks.")
    with open_engine(settings) as engine, engine.connect() as connection:
        row = find_site(connection, site)
        body = configs.get_config(connection, row.live_config) if row.live_config else None
    if body is None:
        raise click.ClickException(f"Nothing was published for {site}.")
    config = CompiledConfig(row.live_config, body, row.id, rules)
    cases = policy_cases(config, Place(country or None, subdivision or None), time.time())
    base = (service or settings.base_url).rstrip("/")
    reports = f"{base}/api/v1/sites/{site}/csp-reports"
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(base))
    policies = [(case.pattern, policy_with(own, [origin, *case.sources], reports)) for case in cases]
    click.echo(_FORMATS[kind](site, policies, NAMES[report_only], reports))


def nginx(site: str, policies: list[tuple[str, str]], header: str, reports: str) -> str:
    """Return nginx maps for `policies`, pairs of a pattern and a value of `header`, and the directives that send it."""
    name = f"$consent_csp_{site.replace('-', '_')}"
    cut = [(pattern, _pieces(policy)) for pattern, policy in policies]
    names = [f"{name}_{number}" for number in range(1, max(len(pieces) for _, pieces in cut) + 1)]
    return "\n".join(
        [
            "# In the http block:",
            *(line for index, part in enumerate(names) for line in _nginx_map(part, cut, index)),
            "# In the server block, and in each location that has an add_header of its own:",
            f'add_header {header} "{"".join(names)}" always;',
            f"add_header Reporting-Endpoints 'consent=\"{reports}\"' always;",
            'add_header Vary "Cookie, Sec-GPC" always;',
        ]
    )


def _nginx_map(name: str, cut: list[tuple[str, list[str]]], index: int) -> list[str]:
    rows = [(pattern, pieces[index] if index < len(pieces) else "") for pattern, pieces in cut]
    return [
        f'map "$http_sec_gpc:$http_cookie" {name} {{',
        *(f'    "~{pattern}" "{piece}";' for pattern, piece in rows[:-1]),
        f'    default "{rows[-1][1]}";',
        "}",
    ]


def _pieces(policy: str) -> list[str]:
    """Return `policy` in pieces short enough for an nginx parameter."""
    pieces = [""]
    for word in re.findall(r"\S+\s*", policy):
        if len(pieces[-1]) + len(word) > MAX_PARAMETER_LENGTH:
            pieces.append("")
        pieces[-1] += word
    return pieces


def caddy(site: str, policies: list[tuple[str, str]], header: str, reports: str) -> str:
    """Return the same for Caddy."""
    name = f"{{consent_csp_{site.replace('-', '_')}}}"
    rows = [f'        "~{pattern}" "{policy}"' for pattern, policy in policies[:-1]]
    return "\n".join(
        [
            "# In the site block:",
            f'    map "{{header.Sec-GPC}}:{{header.Cookie}}" {name} {{',
            *rows,
            f'        default "{policies[-1][1]}"',
            "    }",
            f'    header {header} "{name}"',
            f'    header Reporting-Endpoints `consent="{reports}"`',
            '    header +Vary "Cookie, Sec-GPC"',
        ]
    )


def _header(site: str, policies: list[tuple[str, str]], header: str, reports: str) -> str:
    """Return the headers for a visitor who hasn't chosen, for a server without regular expressions."""
    return "\n".join([f"{header}: {policies[-1][1]}", f'Reporting-Endpoints: consent="{reports}"'])


_FORMATS: dict[str, Any] = {"nginx": nginx, "caddy": caddy, "header": _header}
