"""Route table of the configuration API."""

from consent.api.configuration.access import READ, WRITE
from consent.api.configuration.drafts import (
    answer_draft,
    answer_draft_changes,
    answer_draft_check,
    answer_draft_saved,
    answer_sites,
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
    DraftChangesSchema,
    DraftCheckSchema,
    DraftFileSchema,
    DraftSavedSchema,
    PublishedSchema,
    SitesSchema,
    VersionsSchema,
)
from consent.api.configuration.versions import PublishSchema, answer_publish, answer_restore, answer_versions
from consent.api.http.idempotency import ERRORS as ONCE_ERRORS
from consent.api.http.idempotency import PARAMETER as IDEMPOTENCY_KEY
from consent.api.http.parameters import query
from consent.api.http.replies import json_body
from consent.api.http.routes import RouteGroup, get, json_reply, post, put

DRAFT, VERSIONS = "/api/v1/sites/<site>/draft", "/api/v1/sites/<site>/versions"
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
    "Overwrite changes made in the dashboard since the last import.",
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
            body=json_body(PublishGroupSchema, {"group": "Brand sites", "note": "Spring look"}),
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
