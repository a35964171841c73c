<?php
/** Creates subject tokens for signed-in users, on the site's own server. Needs only PHP itself. */

/**
 * Return a token for $id, valid for 5 minutes and for at most one choice that grants something.
 *
 * $idKey is 32 random bytes that you generate and keep secret; $signKey is the csk1_… key that the service showed once.
 */
function consent_subject(string $id, string $site, string $realm, string $idKey, string $signKey): string
{
    [, $kid, $secret] = explode("_", $signKey, 3);
    $now = time();
    $claims = [
        "aud" => $site,
        "sub" => consent_base64url(hash_hmac("sha256", "consent-subject/1\n$realm\n$id", $idKey, true)),
        "iat" => $now,
        "exp" => $now + 300,
        "jti" => bin2hex(random_bytes(16)),
    ];
    $head = ["alg" => "HS256", "kid" => $kid, "typ" => "consent-subject+jwt"];
    $said = consent_base64url(json_encode($head, JSON_UNESCAPED_SLASHES))
        . "." . consent_base64url(json_encode($claims, JSON_UNESCAPED_SLASHES));
    $key = base64_decode(strtr($secret, "-_", "+/"));
    return "$said." . consent_base64url(hash_hmac("sha256", $said, $key, true));
}

function consent_base64url(string $data): string
{
    return rtrim(strtr(base64_encode($data), "+/", "-_"), "=");
}
