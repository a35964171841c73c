"""Settings: read once from `CONSENT_*` at startup, validated, and passed down as one value.

Each invalid variable gets an error sentence of its own.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from consent.config.env_readers import Variables, is_loopback, secret_of
from consent.outbound import mail, oidc_provider
from consent.outbound.language_model import LanguageModel

SECOND_FACTORS = ("optional", "admins", "everyone")
EDGES = ("none", "cloudflare", "cloudfront", "vercel", "fastly", "own")


class SettingsError(ValueError):
    """One or more invalid settings; the message has a line for each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings available to an operator; docs/settings.md describes each in detail."""

    instance: Path = Path("instance")
    base_url: str = "http://127.0.0.1:8000"
    database_url: str = ""
    replica_url: str = ""
    geo_database: Path | None = None
    gvl: str = ""
    trusted_proxies: tuple[str, ...] = ()
    proxy_hops: int | None = None
    edge: str = "none"
    edge_cache: int = 0
    edge_purge: tuple[str, ...] = ()
    edge_purge_token: str = ""
    write_limit: int | None = 600
    log_file: Path | None = None
    months_folder: Path | None = None
    detach_after: int | None = None
    secret_key: str = ""
    receipt_key: str = ""
    log_key: str = ""
    metrics_token: str = ""
    threads: int = 64
    workers: int = 1
    scan_hosts: tuple[str, ...] = ()
    browser_check: str = "on"
    filter_lists: tuple[str, ...] = ()
    language_model_url: str = ""
    language_model_name: str = ""
    language_model_key: str = ""
    language_model_budget: int = 50
    checkpoint_webhook: str = ""
    witness_policy: Path | None = None
    mail_url: str = ""
    mail_from: str = ""
    alarm_mail: tuple[str, ...] = ()
    alarm_webhook: str = ""
    alarm_language: str = "en"
    alarm_silence: int = 60
    delivery_hosts: tuple[str, ...] = ()
    delivery_days: int = 90
    delivery_dead_days: int = 30
    second_factor: str = "optional"
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = ""
    oidc_create: str = ""
    oidc_role_claim: str = ""
    oidc_roles: str = ""
    demo: bool = False

    @property
    def is_https(self) -> bool:
        """Return whether visitors reach the service over https; cookies are Secure then."""
        return self.base_url.startswith("https://")

    @property
    def database(self) -> str:
        """Return the database's URL, by default SQLite in the instance folder."""
        return self.database_url or f"sqlite:///{(self.instance / 'consent.sqlite').absolute()}"

    @property
    def is_sqlite(self) -> bool:
        """Return whether the database is SQLite, which means that the service is one process."""
        return self.database.startswith("sqlite")

    @property
    def months(self) -> Path:
        """Return the folder for the files of detached months, by default in the instance folder."""
        return self.months_folder or self.instance / "months"

    @property
    def mailer(self) -> mail.Mailer | None:
        """Return the mailer, or None if no mail server is set."""
        return mail.Mailer(self.mail_url, self.mail_from) if self.mail_url else None

    @property
    def language_model(self) -> LanguageModel | None:
        """Return the language model that is asked about unknown services, or None if none is set."""
        if not self.language_model_url:
            return None
        return LanguageModel(self.language_model_url, self.language_model_name, secret_of(self.language_model_key))

    @property
    def provider(self) -> oidc_provider.Provider | None:
        """Return the provider that signs users in, or None if none is set."""
        return oidc_provider.read_provider(to_environ(self), [])

    @property
    def signing_keys(self) -> dict[str, str]:
        """Return the keys set in the environment instead of in files; an empty one is read from its file."""
        return {"receipt": self.receipt_key, "log": self.log_key}


NAMES = {f.name: f"CONSENT_{f.name.upper()}" for f in fields(Settings)}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in `environ` (default: the process's own).

    Raises SettingsError, which names each invalid variable and its valid values.
    """
    env = os.environ if environ is None else environ
    errors: list[str] = []
    unknown = sorted(name for name in env.keys() - set(NAMES.values()) if name.startswith("CONSENT_"))
    errors += [f"{name} is not a setting; see docs/settings.md" for name in unknown]
    read, default = Variables(env, errors), Settings()
    unlimited = None if read.is_empty("CONSENT_WRITE_LIMIT") else default.write_limit
    settings = Settings(
        instance=read.path("CONSENT_INSTANCE") or default.instance,
        base_url=read.base_url("CONSENT_BASE_URL") or default.base_url,
        database_url=read.database_url("CONSENT_DATABASE_URL"),
        replica_url=read.database_url("CONSENT_REPLICA_URL"),
        geo_database=read.path("CONSENT_GEO_DATABASE"),
        gvl=read.folder_or_address("CONSENT_GVL"),
        trusted_proxies=read.networks("CONSENT_TRUSTED_PROXIES"),
        proxy_hops=read.number("CONSENT_PROXY_HOPS", 1, 10, None),
        edge=read.one_of("CONSENT_EDGE", EDGES),
        edge_cache=read.number("CONSENT_EDGE_CACHE", 0, 3600, default.edge_cache),
        edge_purge=read.own_addresses("CONSENT_EDGE_PURGE"),
        edge_purge_token=read.secret("CONSENT_EDGE_PURGE_TOKEN"),
        write_limit=read.number("CONSENT_WRITE_LIMIT", 1, 10**9, unlimited),
        log_file=read.path("CONSENT_LOG_FILE"),
        months_folder=read.path("CONSENT_MONTHS_FOLDER"),
        detach_after=read.number("CONSENT_DETACH_AFTER", 3, 600, None),
        secret_key=read.text("CONSENT_SECRET_KEY"),
        receipt_key=read.key("CONSENT_RECEIPT_KEY"),
        log_key=read.key("CONSENT_LOG_KEY"),
        metrics_token=read.text("CONSENT_METRICS_TOKEN"),
        threads=read.number("CONSENT_THREADS", 1, 256, default.threads),
        workers=read.number("CONSENT_WORKERS", 1, 64, default.workers),
        scan_hosts=read.hosts("CONSENT_SCAN_HOSTS"),
        browser_check=read.one_of("CONSENT_BROWSER_CHECK", ("on", "off")),
        filter_lists=read.lists("CONSENT_FILTER_LISTS"),
        language_model_url=read.language_model("CONSENT_LANGUAGE_MODEL_URL"),
        language_model_name=read.text("CONSENT_LANGUAGE_MODEL_NAME")[:200],
        language_model_key=read.secret("CONSENT_LANGUAGE_MODEL_KEY"),
        language_model_budget=read.number("CONSENT_LANGUAGE_MODEL_BUDGET", 1, 10_000, default.language_model_budget),
        checkpoint_webhook=read.webhook("CONSENT_CHECKPOINT_WEBHOOK"),
        witness_policy=read.witness_policy("CONSENT_WITNESS_POLICY"),
        mail_url=read.mail_server("CONSENT_MAIL_URL"),
        mail_from=read.mail_address("CONSENT_MAIL_FROM"),
        alarm_mail=read.mail_addresses("CONSENT_ALARM_MAIL"),
        alarm_webhook=read.webhook("CONSENT_ALARM_WEBHOOK"),
        alarm_language=read.one_of("CONSENT_ALARM_LANGUAGE", ("en", "de", "fr", "es")),
        alarm_silence=read.number("CONSENT_ALARM_SILENCE", 0, 525_600, default.alarm_silence),
        delivery_hosts=read.hosts("CONSENT_DELIVERY_HOSTS"),
        delivery_days=read.number("CONSENT_DELIVERY_DAYS", 4, 3650, default.delivery_days),
        delivery_dead_days=read.number("CONSENT_DELIVERY_DEAD_DAYS", 1, 3650, default.delivery_dead_days),
        second_factor=read.one_of("CONSENT_SECOND_FACTOR", SECOND_FACTORS),
        **{f"oidc_{part}": read.text(f"CONSENT_OIDC_{part.upper()}") for part in oidc_provider.PARTS},
        demo=read.switch("CONSENT_DEMO"),
    )
    errors += _combination_errors(settings)
    if errors:
        raise SettingsError("\n".join(errors))
    return settings


def to_environ(settings: Settings) -> dict[str, str]:
    """Return `settings` as environment variables for another process, in the form that `load_settings` reads."""
    return {NAMES[field.name]: _text(getattr(settings, field.name)) for field in fields(settings)}


def _text(value: str | int | Path | tuple[str, ...] | None) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)


def _combination_errors(settings: Settings) -> list[str]:
    """Return the errors of settings that are valid alone but not in combination."""
    errors = []
    secret = settings.secret_key
    if not settings.demo:
        if secret and (len(secret) < 32 or len(set(secret)) < 8):
            errors.append("CONSENT_SECRET_KEY must be at least 32 random characters, as `openssl rand -hex 32` prints")
        if not settings.is_https and not is_loopback(settings.base_url):
            errors.append("CONSENT_BASE_URL must be https:// outside this machine: cookies and sign-ins travel over it")
    if settings.edge != "none" and not settings.trusted_proxies:
        errors.append("CONSENT_EDGE requires CONSENT_TRUSTED_PROXIES, the networks that the edge's requests come from")
    if settings.edge_cache and settings.edge == "none":
        errors.append(
            "CONSENT_EDGE_CACHE requires CONSENT_EDGE: the edge has to state the place that a response is for"
        )
    if settings.edge_purge and not settings.edge_cache:
        errors.append("CONSENT_EDGE_PURGE requires CONSENT_EDGE_CACHE: without it, there is nothing to purge")
    if settings.workers > 1 and settings.is_sqlite:
        errors.append("CONSENT_WORKERS must be 1 on SQLite; set CONSENT_DATABASE_URL to PostgreSQL for more")
    if settings.replica_url and (settings.is_sqlite or settings.replica_url.startswith("sqlite")):
        errors.append("CONSENT_REPLICA_URL requires PostgreSQL in CONSENT_DATABASE_URL")
    provider = oidc_provider.read_provider(to_environ(settings), errors)
    if provider and not (provider.issuer.startswith("https://") or is_loopback(provider.issuer)):
        errors.append("CONSENT_OIDC_ISSUER must be https:// outside this machine")
    if bool(settings.mail_url) != bool(settings.mail_from):
        errors.append("CONSENT_MAIL_URL and CONSENT_MAIL_FROM must be set together: a server and a sender")
    if bool(settings.language_model_url) != bool(settings.language_model_name):
        errors.append("CONSENT_LANGUAGE_MODEL_URL and CONSENT_LANGUAGE_MODEL_NAME must be set together")
    if settings.alarm_mail and not settings.mail_url:
        errors.append("CONSENT_ALARM_MAIL requires CONSENT_MAIL_URL, the mail server")
    if settings.proxy_hops and not settings.trusted_proxies:
        errors.append("CONSENT_PROXY_HOPS requires CONSENT_TRUSTED_PROXIES, the networks of your proxies")
    return errors
