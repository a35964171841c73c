"""Settings: read once from `CONSENT_*` at start, checked with a sentence for each fault, passed down as one value."""

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from urllib.parse import urlsplit

from consent import mail, sign_on
from consent.storage.addresses import with_hosts_in_query

_HOST = re.compile(r"((\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?")
SECOND_FACTORS = ("optional", "admins", "everyone")
EDGES = ("none", "cloudflare", "cloudfront", "vercel", "fastly")


class SettingsError(ValueError):
    """One or more settings that cannot be used; the message has a line for each."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an operator can set; docs/settings.md tells each at length."""

    instance: Path = Path("instance")
    base_url: str = "http://127.0.0.1:8000"
    database_url: str = ""
    replica_url: str = ""
    geo_database: Path | None = None
    trusted_proxies: tuple[str, ...] = ()
    proxy_hops: int | None = None
    edge: str = "none"
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
    checkpoint_webhook: str = ""
    mail_url: str = ""
    mail_from: str = ""
    alarm_mail: tuple[str, ...] = ()
    alarm_webhook: str = ""
    alarm_silence: int = 60
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
        """Tell whether visitors reach the service by https: cookies are Secure then."""
        return self.base_url.startswith("https://")

    @property
    def database(self) -> str:
        """Return the database's URL, by default SQLite in the instance folder."""
        return self.database_url or f"sqlite:///{(self.instance / 'consent.sqlite').absolute()}"

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is SQLite, where the service is one process."""
        return self.database.startswith("sqlite")

    @property
    def months(self) -> Path:
        """Return the folder for the files of detached months, by default in the instance folder."""
        return self.months_folder or self.instance / "months"

    @property
    def mailer(self) -> mail.Mailer | None:
        """Return what sends mail, or None where no server is set."""
        return mail.Mailer(self.mail_url, self.mail_from) if self.mail_url else None

    @property
    def provider(self) -> sign_on.Provider | None:
        """Return the provider that signs people in, or None where none is set."""
        return sign_on.read_provider(to_environ(self), [])

    @property
    def signing_keys(self) -> dict[str, str]:
        """Return the keys that come from the environment, in place of files; empty ones are files."""
        return {"receipt": self.receipt_key, "log": self.log_key}


NAMES = {f.name: f"CONSENT_{f.name.upper()}" for f in fields(Settings)}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of `environ` (default: the process's own).

    Raises SettingsError that names each variable that is wrong and the values that work.
    """
    env = os.environ if environ is None else environ
    faults: list[str] = []
    known = set(NAMES.values())
    strange = sorted(name for name in env if name.startswith("CONSENT_") and name not in known)
    faults += [f"{name} is no setting; docs/settings.md lists them all" for name in strange]
    settings = Settings(
        instance=Path(env.get("CONSENT_INSTANCE") or "instance"),
        base_url=_base_url(env.get("CONSENT_BASE_URL", ""), faults),
        database_url=_database_url("CONSENT_DATABASE_URL", env, faults),
        replica_url=_database_url("CONSENT_REPLICA_URL", env, faults),
        geo_database=_file(env.get("CONSENT_GEO_DATABASE", "")),
        trusted_proxies=_networks(env.get("CONSENT_TRUSTED_PROXIES", ""), faults),
        proxy_hops=_number("CONSENT_PROXY_HOPS", env.get("CONSENT_PROXY_HOPS", ""), 1, 10, None, faults),
        edge=_one_of("CONSENT_EDGE", env, EDGES, faults),
        write_limit=_number("CONSENT_WRITE_LIMIT", env.get("CONSENT_WRITE_LIMIT", "600"), 1, 10**9, None, faults),
        log_file=_file(env.get("CONSENT_LOG_FILE", "")),
        months_folder=_file(env.get("CONSENT_MONTHS_FOLDER", "")),
        detach_after=_number("CONSENT_DETACH_AFTER", env.get("CONSENT_DETACH_AFTER", ""), 3, 600, None, faults),
        secret_key=env.get("CONSENT_SECRET_KEY", ""),
        receipt_key=_key("CONSENT_RECEIPT_KEY", env, faults),
        log_key=_key("CONSENT_LOG_KEY", env, faults),
        metrics_token=env.get("CONSENT_METRICS_TOKEN", ""),
        threads=_number("CONSENT_THREADS", env.get("CONSENT_THREADS", "64"), 1, 256, 64, faults) or 64,
        workers=_number("CONSENT_WORKERS", env.get("CONSENT_WORKERS", "1"), 1, 64, 1, faults) or 1,
        scan_hosts=_hosts(env.get("CONSENT_SCAN_HOSTS", ""), faults),
        checkpoint_webhook=_webhook("CONSENT_CHECKPOINT_WEBHOOK", env, faults),
        mail_url=_mail_server(env.get("CONSENT_MAIL_URL", ""), faults),
        mail_from=_mail_sender(env.get("CONSENT_MAIL_FROM", ""), faults),
        alarm_mail=_mail_addresses(env.get("CONSENT_ALARM_MAIL", ""), faults),
        alarm_webhook=_webhook("CONSENT_ALARM_WEBHOOK", env, faults),
        alarm_silence=_number("CONSENT_ALARM_SILENCE", env.get("CONSENT_ALARM_SILENCE", ""), 0, 525_600, 60, faults)
        or 0,
        second_factor=_one_of("CONSENT_SECOND_FACTOR", env, SECOND_FACTORS, faults),
        **{f"oidc_{part}": env.get(f"CONSENT_OIDC_{part.upper()}", "") for part in sign_on.PARTS},
        demo=_switch("CONSENT_DEMO", env.get("CONSENT_DEMO", ""), faults),
    )
    faults += _together(settings)
    if faults:
        raise SettingsError("\n".join(faults))
    return settings


def to_environ(settings: Settings) -> dict[str, str]:
    """Return `settings` as the variables that `load_settings` reads, for another process."""
    return {NAMES[field.name]: _text(getattr(settings, field.name)) for field in fields(settings)}


def _text(value: str | int | Path | tuple[str, ...] | None) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, tuple):
        return ",".join(value)
    return "" if value is None else str(value)


def _together(settings: Settings) -> list[str]:
    """Return what is wrong with settings that are fine each by itself."""
    faults = []
    secret = settings.secret_key
    if not settings.demo:
        if secret and (len(secret) < 32 or len(set(secret)) < 8):
            faults.append("CONSENT_SECRET_KEY must be at least 32 random characters, as `openssl rand -hex 32` prints")
        if not secret:
            faults.append("CONSENT_SECRET_KEY is missing: set it to what `openssl rand -hex 32` prints, and keep it")
        if not settings.is_https and not is_loopback(settings.base_url):
            faults.append("CONSENT_BASE_URL must be https:// outside this machine: cookies and log-ins travel over it")
    if settings.edge != "none" and not settings.trusted_proxies:
        faults.append("CONSENT_EDGE needs CONSENT_TRUSTED_PROXIES: the networks that the edge's requests come from")
    if settings.workers > 1 and settings.is_sqlite:
        faults.append("CONSENT_WORKERS must be 1 on SQLite; set CONSENT_DATABASE_URL to PostgreSQL for more")
    if settings.replica_url and (settings.is_sqlite or settings.replica_url.startswith("sqlite")):
        faults.append("CONSENT_REPLICA_URL is for a standby of PostgreSQL, beside CONSENT_DATABASE_URL")
    provider = sign_on.read_provider(to_environ(settings), faults)
    if provider and not (provider.issuer.startswith("https://") or is_loopback(provider.issuer)):
        faults.append("CONSENT_OIDC_ISSUER must be https:// outside this machine")
    if bool(settings.mail_url) != bool(settings.mail_from):
        faults.append("CONSENT_MAIL_URL and CONSENT_MAIL_FROM need each other: a server, and in whose name it sends")
    if settings.alarm_mail and not settings.mail_url:
        faults.append("CONSENT_ALARM_MAIL needs CONSENT_MAIL_URL: the server that takes the mail")
    if settings.proxy_hops and not settings.trusted_proxies:
        faults.append("CONSENT_PROXY_HOPS needs CONSENT_TRUSTED_PROXIES: the networks of your proxies")
    return faults


def is_loopback(url: str) -> bool:
    """Tell whether `url` names this machine: a loopback address, localhost or a name under it."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _base_url(text: str, faults: list[str]) -> str:
    url = text.rstrip("/")
    if url and not re.fullmatch(r"https?://[A-Za-z0-9.\[\]:-]+(/[A-Za-z0-9._~/-]*)?", url):
        faults.append("CONSENT_BASE_URL must be like https://consent.example.com, with no query and no trailing slash")
        url = ""
    return url or "http://127.0.0.1:8000"


def _database_url(name: str, env: Mapping[str, str], faults: list[str]) -> str:
    text = env.get(name, "")
    try:
        with_hosts_in_query(text)
    except ValueError as error:
        faults.append(f"{name}: {error}")
    if text.startswith(("postgres://", "postgresql://")):
        return "postgresql+psycopg://" + text.split("://", 1)[1]
    if text and not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        faults.append(f"{name} must begin with sqlite:/// or postgresql://")
    return text


def _networks(text: str, faults: list[str]) -> tuple[str, ...]:
    found = []
    for part in filter(None, re.split(r"[,\s]+", text)):
        try:
            network = ipaddress.ip_network(part)
        except ValueError:
            faults.append(f"CONSENT_TRUSTED_PROXIES: {part!r} is no network such as 10.0.0.0/8 or 2001:db8::/32")
            continue
        if network.prefixlen == 0:
            faults.append(f"CONSENT_TRUSTED_PROXIES: {part} would trust every address, so anyone could choose his law")
        found.append(str(network))
    return tuple(found)


def _hosts(text: str, faults: list[str]) -> tuple[str, ...]:
    found = tuple(filter(None, re.split(r"[,\s]+", text)))
    wrong = [part for part in found if not _HOST.fullmatch(part)]
    faults += [f"CONSENT_SCAN_HOSTS: {part!r} is no host such as intranet.example or *.test:8443" for part in wrong]
    return found


def _webhook(name: str, env: Mapping[str, str], faults: list[str]) -> str:
    text = env.get(name, "")
    is_address = re.fullmatch(r"https?://([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?([/?][!-~]*)?", text)
    if text and not (is_address and (text.startswith("https://") or is_loopback(text))):
        faults.append(f"{name} must be like https://keeper.example.com/hooks; http only on this machine")
    return text


def _mail_server(text: str, faults: list[str]) -> str:
    is_secret = not text.startswith("smtp://") or is_loopback(text)
    if text and not (mail.FORM.fullmatch(text) and is_secret):
        faults.append(
            "CONSENT_MAIL_URL must be like smtps://name:password@mail.example.com or smtp+starttls://…;"
            " smtp:// only on this machine"
        )
    return text


_MAIL_ADDRESS = re.compile(r"[^@\s<>\"',;:()\\]{1,64}@[A-Za-z0-9.-]{1,255}")


def _mail_sender(text: str, faults: list[str]) -> str:
    if text and not _MAIL_ADDRESS.fullmatch(text):
        faults.append("CONSENT_MAIL_FROM must be one mail address, such as consent@example.com")
    return text


def _mail_addresses(text: str, faults: list[str]) -> tuple[str, ...]:
    found = tuple(filter(None, re.split(r"[,\s]+", text)))
    wrong = [part for part in found if not _MAIL_ADDRESS.fullmatch(part)]
    faults += [f"CONSENT_ALARM_MAIL: {part!r} is no mail address such as ann@example.com" for part in wrong]
    return found


def _one_of(name: str, env: Mapping[str, str], words: tuple[str, ...], faults: list[str]) -> str:
    """Return the word that is set; the first of `words` is the default."""
    text = env.get(name, "")
    if text and text not in words:
        faults.append(f"{name} must be one of {', '.join(words)}")
        return words[0]
    return text or words[0]


def _number(name: str, text: str, least: int, most: int, empty: int | None, faults: list[str]) -> int | None:
    if not text:
        return empty
    if not re.fullmatch(r"\d{1,10}", text) or not least <= int(text) <= most:
        faults.append(f"{name} must be a whole number from {least} to {most}")
        return empty
    return int(text)


def _key(name: str, env: Mapping[str, str], faults: list[str]) -> str:
    text = env.get(name, "")
    if text and not re.fullmatch(r"[0-9a-f]{64}", text):
        faults.append(f"{name} must be 64 hex digits, as `openssl rand -hex 32` prints")
    return text


def _switch(name: str, text: str, faults: list[str]) -> bool:
    if text not in ("", "0", "1"):
        faults.append(f"{name} must be 0 or 1")
    return text == "1"


def _file(text: str) -> Path | None:
    return Path(text) if text else None
