"""Route table of the transparency log of a site."""

from functools import partial

from consent.api.http.parameters import CONSISTENCY_CHECKPOINT, CONSISTENCY_FROM
from consent.api.http.routes import RouteGroup, get, text_reply
from consent.api.log.tiles import (
    SCOPE,
    answer_checkpoint,
    answer_config_proof,
    answer_consistency,
    answer_cosigned_checkpoint,
    answer_key_changes,
    answer_tile,
    answer_verifier_key,
)

OR_PUBLIC = " (scope `log:read` unless the log is public)."
CHECKPOINT = "consent.example/log/shop\n256\nK4pGkqS2…\n\n— consent.example/log/shop 9qk2…\n"
COSIGNED = f"{CHECKPOINT}— witness.example.net 7mP0…\n"
PROOF = "c2sp.org/tlog-proof@v1\nindex 17\nK4pGkqS2…\n\nconsent.example/log/shop\n256\n…\n"

_get = partial(get, errors=(401, 403, 404, 503), scope=SCOPE, is_token_optional=True)

ROUTE_GROUP = RouteGroup(
    "Log",
    "The consent log of a site (C2SP tlog-tiles).",
    (
        _get(
            path="/log/<site>/checkpoint",
            endpoint=answer_checkpoint,
            summary=f"Return the newest signed checkpoint: size and root hash of the tree{OR_PUBLIC}",
            replies=(text_reply("text/plain", "A signed note (C2SP tlog-checkpoint).", CHECKPOINT),),
        ),
        _get(
            path="/log/<site>/cosigned",
            endpoint=answer_cosigned_checkpoint,
            summary=f"Return the newest checkpoint that a quorum of witnesses has cosigned{OR_PUBLIC}",
            replies=(text_reply("text/plain", "A signed note (C2SP tlog-cosignature).", COSIGNED),),
        ),
        _get(
            path="/log/<site>/tile/<path:path>",
            endpoint=answer_tile,
            summary=f"Return a tile of the tree by level and number{OR_PUBLIC}",
            replies=(
                text_reply(
                    "application/octet-stream",
                    "Up to 256 concatenated hashes of 32 bytes.",
                    "(bytes: 2b 8a 46 92 a4 b6 …)",
                ),
            ),
        ),
        _get(
            path="/log/<site>/vkey",
            endpoint=answer_verifier_key,
            summary=f"Return the keys that verify checkpoints{OR_PUBLIC}",
            replies=(
                text_reply(
                    "text/plain",
                    "Verifier keys (C2SP signed-note), one per line, the current one first.",
                    "consent.example/log/shop+f6a93612+AQ3kV0…\n",
                ),
            ),
        ),
        _get(
            path="/log/<site>/keys",
            endpoint=answer_key_changes,
            summary=f"Return the statements in which each old key names its successor{OR_PUBLIC}",
            replies=(text_reply("text/plain", "One signed statement (JWS) per line.", "eyJhbGciOiJFZERTQSJ9.…\n"),),
        ),
        get(
            path="/log/<site>/consistency",
            endpoint=answer_consistency,
            summary=f"Return the proof that the log extends an earlier checkpoint{OR_PUBLIC}",
            parameters=(CONSISTENCY_FROM, CONSISTENCY_CHECKPOINT),
            replies=(text_reply("text/plain", "A consistency proof (C2SP tlog-witness).", "K4pGkqS2…\n9sXbq0…\n"),),
            errors=(400, 401, 403, 404, 503),
            scope=SCOPE,
            is_token_optional=True,
        ),
        _get(
            path="/log/<site>/config/<sha256>",
            endpoint=answer_config_proof,
            summary=f"Return the proof that a published config is in the log{OR_PUBLIC}",
            replies=(text_reply("text/plain", "A proof (C2SP tlog-proof).", PROOF),),
        ),
    ),
)
