"""Route table of the configuration API."""

from consent.api.configuration.access import READ, WRITE
from consent.api.configuration.draft_parts import (
    NewTextsSchema,
    answer_draft_tag,
    answer_draft_tag_removed,
    answer_draft_tag_saved,
    answer_draft_texts,
    answer_draft_texts_saved,
)
from consent.api.configuration.drafts import (
    answer_draft,
    answer_draft_changes,
    answer_draft_check,
    answer_draft_saved,
)
from consent.api.configuration.groups import (
    AppliedSchema,
    ApplySchema,
    GroupPublishedSchema,
    GroupsSchema,
    PublishGroupSchema,
    answer_group_applied,
    answer_group_published,
    answer_groups,
)
from consent.api.configuration.schemas import (
    CreatedSiteSchema,
    DraftChangesSchema,
    DraftCheckSchema,
    DraftFileSchema,
    DraftSavedSchema,
    DraftTagSchema,
    DraftTextsSchema,
    PublishedSchema,
    SitesSchema,
    VersionsSchema,
)
from consent.api.configuration.sites import NewSiteSchema, answer_site_created, answer_sites
from consent.api.configuration.versions import PublishSchema, answer_publish, answer_restore, answer_versions
from consent.api.http.idempotency import ERRORS as ONCE_ERRORS
from consent.api.http.idempotency import PARAMETER as IDEMPOTENCY_KEY
from consent.api.http.parameters import query
from consent.api.http.replies import json_body
from consent.api.http.routes import RouteGroup, delete, get, json_reply, post, put

DRAFT, VERSIONS = "/api/v1/sites/<site>/draft", "/api/v1/sites/<site>/versions"
TAG, TEXTS = f"{DRAFT}/tags/<tag>", f"{DRAFT}/texts/<language>"
READING = (400, 401, 403, 404, 503)
WRITING = (*READING, *ONCE_ERRORS, 412, 428)
FILE = {
    "required": True,
    "content": {
        "application/json": {
            "schema": DraftFileSchema,
            "example": {"schema": "consent-config/1", "site": "shop"},
        },
        "application/yaml": {"schema": {"type": "string"}, "example": "schema: consent-config/1\nsite: shop\n"},
    },
}
TAG_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"type": "object", "additionalProperties": True},
            "example": {
                "vendor": "google-analytics",
                "template": "ga4",
                "parameters": {"measurement_id": "G-ABCDE12345"},
            },
        },
    },
}
NEW_SITE = {
    "name": "Shop",
    "hosts": ["https://www.example.com", "https://example.com"],
    "key": "shop",
    "language": "en",
    "time_zone": "Europe/London",
    "controller": {"name": "Example Ltd", "contact": "privacy@example.com"},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "ETag of the draft as it was read.",
    "schema": {"type": "string"},
    "example": '"draft-17"',
}
UNFINISHED = query(
    "unfinished", "Check only its form, not whether it could be published.", "true", enum=["true", "false"]
)
OVERWRITE = query(
    "overwrite",
    "Overwrite changes made since the last import.",
    "true",
    enum=["true", "false"],
)

ROUTE_GROUP = RouteGroup(
    "Configuration",
    "Drafts and versions of sites, for CI and other programs.",
    (
        get(
            path="/api/v1/sites",
            endpoint=answer_sites,
            summary="List the sites that the token may configure.",
            replies=(json_reply(SitesSchema, "The sites."),),
            errors=(401, 403, 503),
            scope=READ,
        ),
        post(
            path="/api/v1/sites",
            endpoint=answer_site_created,
            summary="Create a site with an empty draft; needs a token for every site.",
            parameters=(IDEMPOTENCY_KEY,),
            body=json_body(NewSiteSchema, NEW_SITE),
            replies=(json_reply(CreatedSiteSchema, "The site is there, and nothing is published for it.", 201),),
            errors=(400, 401, 403, 503, *ONCE_ERRORS, 415),
            scope=WRITE,
        ),
        get(
            path="/api/v1/site-groups",
            endpoint=answer_groups,
            summary="List the groups of sites, with what their sites share.",
            replies=(json_reply(GroupsSchema, "The groups."),),
            errors=(401, 403, 503),
            scope=READ,
        ),
        post(
            path="/api/v1/site-groups/applications",
            endpoint=answer_group_applied,
            summary="Copy the settings of a group into the drafts of its sites.",
            parameters=(IDEMPOTENCY_KEY,),
            body=json_body(ApplySchema, {"group": "Brand sites", "sections": ["look"], "dry_run": True}),
            replies=(json_reply(AppliedSchema, "What came of it on each site."),),
            errors=(*READING, *ONCE_ERRORS, 415),
            scope=WRITE,
        ),
        post(
            path="/api/v1/site-groups/versions",
            endpoint=answer_group_published,
            summary="Publish the drafts of a group's sites, each as a version of its own.",
            parameters=(IDEMPOTENCY_KEY,),
            body=json_body(PublishGroupSchema, {"group": "Brand sites", "note": "Spring look", "dry_run": True}),
            replies=(json_reply(GroupPublishedSchema, "What came of it on each site."),),
            errors=(*READING, *ONCE_ERRORS, 415),
            scope=WRITE,
        ),
        get(
            path=DRAFT,
            endpoint=answer_draft,
            summary="Return the draft as a config file, with its ETag.",
            replies=(json_reply(DraftFileSchema, "The config file."),),
            errors=READING,
            scope=READ,
        ),
        put(
            path=DRAFT,
            endpoint=answer_draft_saved,
            summary="Replace the draft by a config file, where nothing in it is wrong.",
            parameters=(IF_MATCH, UNFINISHED, OVERWRITE, IDEMPOTENCY_KEY),
            body=FILE,
            replies=(json_reply(DraftSavedSchema, "The draft is saved."),),
            errors=WRITING,
            scope=WRITE,
        ),
        post(
            path=f"{DRAFT}/check",
            endpoint=answer_draft_check,
            summary="Check a config file and return what it would change; nothing is saved.",
            parameters=(UNFINISHED,),
            body=FILE,
            replies=(json_reply(DraftCheckSchema, "What the file would do."),),
            errors=(*READING, 413),
            scope=READ,
        ),
        get(
            path=f"{DRAFT}/changes",
            endpoint=answer_draft_changes,
            summary="Return what a publish of the draft would change for visitors.",
            replies=(json_reply(DraftChangesSchema, "The differences."),),
            errors=READING,
            scope=READ,
        ),
        get(
            path=TAG,
            endpoint=answer_draft_tag,
            summary="Return one tag of the draft, with the draft's ETag.",
            replies=(json_reply(DraftTagSchema, "The tag."),),
            errors=READING,
            scope=READ,
        ),
        put(
            path=TAG,
            endpoint=answer_draft_tag_saved,
            summary="Replace one tag of the draft, or add it, where nothing in the draft is then wrong.",
            parameters=(IF_MATCH, UNFINISHED, IDEMPOTENCY_KEY),
            body=TAG_BODY,
            replies=(
                json_reply(DraftSavedSchema, "The tag is replaced."),
                json_reply(DraftSavedSchema, "The tag is added.", 201),
            ),
            errors=(*WRITING, 415),
            scope=WRITE,
        ),
        delete(
            path=TAG,
            endpoint=answer_draft_tag_removed,
            summary="Remove one tag from the draft, with its vendor and cookies if no other tag needs them.",
            parameters=(IF_MATCH, UNFINISHED, IDEMPOTENCY_KEY),
            replies=(json_reply(DraftSavedSchema, "The tag is removed."),),
            errors=WRITING,
            scope=WRITE,
        ),
        get(
            path=TEXTS,
            endpoint=answer_draft_texts,
            summary="Return the site's own texts and links in one language of the draft, with the draft's ETag.",
            replies=(json_reply(DraftTextsSchema, "The texts."),),
            errors=READING,
            scope=READ,
        ),
        put(
            path=TEXTS,
            endpoint=answer_draft_texts_saved,
            summary="Replace the site's own texts in one language of the draft, which is added if the draft lacks it.",
            parameters=(IF_MATCH, UNFINISHED, IDEMPOTENCY_KEY),
            body=json_body(NewTextsSchema, {"texts": {"title": "Your privacy at Example"}}),
            replies=(json_reply(DraftSavedSchema, "The texts are saved."),),
            errors=(*WRITING, 415),
            scope=WRITE,
        ),
        get(
            path=VERSIONS,
            endpoint=answer_versions,
            summary="List the published versions, newest first.",
            replies=(json_reply(VersionsSchema, "The versions."),),
            errors=READING,
            scope=READ,
        ),
        post(
            path=VERSIONS,
            endpoint=answer_publish,
            summary="Publish the draft that If-Match names, as the dashboard does.",
            parameters=(IF_MATCH, IDEMPOTENCY_KEY),
            body=json_body(PublishSchema, {"note": "Merge of 4f1c2d"}),
            replies=(
                json_reply(PublishedSchema, "The new version is live.", 201),
                json_reply(PublishedSchema, "The draft was live already."),
            ),
            errors=(*WRITING, 415),
            scope=WRITE,
        ),
        post(
            path=f"{VERSIONS}/<int:number>/restore",
            endpoint=answer_restore,
            summary="Publish the content of an older version again, and give up the draft that If-Match names.",
            parameters=(IF_MATCH, IDEMPOTENCY_KEY),
            body=json_body(PublishSchema, {"note": "Back to before the sale"}),
            replies=(
                json_reply(PublishedSchema, "The new version is live.", 201),
                json_reply(PublishedSchema, "The same content was live already."),
            ),
            errors=(*WRITING, 415),
            scope=WRITE,
        ),
    ),
)
