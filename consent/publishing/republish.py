"""Republish live configs after an upgrade, since a config pins its rule table and banner build."""

import json
import time

from sqlalchemy import Engine

from consent.core.documents.config import Config, ConfigOptions, Draft
from consent.core.documents.theme import ShownVariant
from consent.log.audit_author import Author
from consent.presentation.theme import style_sheet
from consent.publishing.publish import Artifacts, PublishedConfig, frozen_texts, put_live, thaw
from consent.sites.experiments.variants import varied_theme
from consent.storage.sites import configs, sites

NOTE = "Published again after an upgrade: same content, rules and banner of the new version"


def outdated(engine: Engine, artifacts: Artifacts) -> list[str]:
    """Return the keys of the sites whose live config has other rules or another banner than `artifacts`."""
    with engine.connect() as connection:
        live_bodies = [
            (site, configs.get_config(connection, site.live_config or "")) for site in sites.every(connection)
        ]
    return [site.key for site, body in live_bodies if body and not _is_current(json.loads(body), artifacts)]


def renew(engine: Engine, site: str, artifacts: Artifacts, by: Author) -> PublishedConfig:
    """Publish the live content of `site` as a new version with the rules and banner of `artifacts`.

    Strings keep their wording; strings that only the new banner has are added. The draft stays as it is.
    """
    with engine.begin() as connection:
        row = sites.by_key(connection, site)
        live = configs.get_document(connection, row.live_config) if row else None
        if row is None or live is None:
            raise KeyError(site)
        draft = json.loads(sites.read_draft(connection, row.id).text)
        document = renewed(live, draft, configs.next_version(connection, row.id), artifacts)
        return put_live(connection, row, document, artifacts, by, int(time.time()), NOTE)


def renewed(live: Config, draft: Draft, version: int, artifacts: Artifacts) -> Config:
    """Return the document `live` as the next `version` with the rules and banner of `artifacts`.

    Strings keep their wording; strings that only the new banner has are added.
    """
    thawed = thaw(live, draft)
    languages = {
        language: {**frozen_texts(language, {}, thawed), **texts}
        for language, texts in live["texts"]["languages"].items()
    }
    return {
        **live,
        "version": version,
        "texts": {**live["texts"], "languages": languages},
        "style": style_sheet(live["look"], live["site"]),
        **_experiment(live),
        **artifacts.names(),
    }


def _experiment(live: Config) -> ConfigOptions:
    """Return the variants of `live` with this release's style sheets; their texts stay."""
    known = live.get("experiment", {})
    styles = {
        variant["id"]: style_sheet(varied_theme(live["look"], variant), live["site"]) for variant in live["variants"]
    }
    experiment: dict[str, ShownVariant] = {
        name: {"style": styles[name], "texts": shown["texts"]} for name, shown in known.items()
    }
    return ConfigOptions(experiment=experiment) if experiment else ConfigOptions()


def _is_current(document: Config, artifacts: Artifacts) -> bool:
    names = artifacts.names()
    return (document["rules_sha256"], document["banner_sha256"]) == (names["rules_sha256"], names["banner_sha256"])
