# Varnish as a cache in front of the consent service: /etc/varnish/consent.vcl. docs/edge.md lists the settings that the
# service needs. Start varnishd with `-p http_gzip_support=off` so that browsers get Brotli. Replace the addresses below
# with your own. The proxy in front of Varnish terminates TLS and sets Consent-Country and Consent-Subdivision, the
# visitor's place (ISO 3166).

vcl 4.1;

import std;

backend consent {
    .host = "127.0.0.1";
    .port = "8000";
}

# The proxy that terminates TLS and sets the visitor's place and address; from any other client, both are ignored.
acl front {
    "127.0.0.1";
    "::1";
}

# The service, which alone may purge: CONSENT_EDGE_PURGE=http://127.0.0.1:6081/purge. Have the proxy in `front` block
# /purge, so that its clients can't use it.
acl service {
    "127.0.0.1";
    "::1";
}

sub vcl_recv {
    if (req.url == "/purge") {
        if (client.ip !~ service || req.http.X-Forwarded-Proto || req.method != "POST") {
            return (synth(403));
        }
        if (req.http.Surrogate-Key !~ "^consent(-[a-z0-9-]+)?( consent(-[a-z0-9-]+)?)*$") {
            return (synth(400));
        }
        if (!std.ban("obj.http.Surrogate-Key ~ (^|\s)(" + regsuball(req.http.Surrogate-Key, " ", "|") + ")(\s|$)")) {
            return (synth(500, std.ban_error()));
        }
        return (synth(204));
    }

    # Never trust client-supplied headers: attackers must not choose their own jurisdiction.
    if (client.ip !~ front) {
        unset req.http.Consent-Country;
        unset req.http.Consent-Subdivision;
        set req.http.X-Forwarded-For = client.ip;
    }
    unset req.http.Forwarded;
    # The service can't tell these from the names with hyphens.
    unset req.http.Consent_Country;
    unset req.http.Consent_Subdivision;
    unset req.http.X_Forwarded_For;
    unset req.http.X_Forwarded-For;
    unset req.http.X-Forwarded_For;

    if (req.url !~ "^/b/[a-z0-9][a-z0-9-]*\.js(\?language=[A-Za-z-]{2,20})?$" || (req.method != "GET" && req.method != "HEAD")) {
        return (pass);
    }

    # Requests that are specific to a visitor (a choice, an account, a preview, a token) or unusual bypass the cache:
    # they always go to the service, and their responses aren't stored.
    if (req.http.Cookie ~ "consent_" || req.http.Authorization || req.http.Consent-Subject || req.http.Consent-App
        || (req.http.Sec-GPC && req.http.Sec-GPC !~ "^[01]$") || (req.http.DNT && req.http.DNT !~ "^[01]$")
        || req.http.Accept-Language ~ ".{201}" || !req.http.Consent-Country) {
        return (pass);
    }

    unset req.http.Cookie;
    if (req.http.Accept-Encoding ~ "(?i)(^|,)\s*br\s*(,|$)") {
        set req.http.Accept-Encoding = "br";
    } elsif (req.http.Accept-Encoding ~ "(?i)(^|,)\s*gzip\s*(,|$)") {
        set req.http.Accept-Encoding = "gzip";
    } else {
        unset req.http.Accept-Encoding;
    }
    return (hash);
}

sub vcl_hash {
    hash_data(req.url);
    hash_data(req.http.Host);
    hash_data(req.http.Consent-Country);
    hash_data(req.http.Consent-Subdivision);
    hash_data(req.http.Sec-GPC);
    hash_data(req.http.DNT);
    hash_data(req.http.Accept-Encoding);
    hash_data(req.http.Accept-Language);
    return (lookup);
}

sub vcl_backend_response {
    # Never serve a response past its s-maxage. Varnish's built-in rules keep private responses out of the cache.
    set beresp.grace = 0s;
    set beresp.keep = 0s;
}

sub vcl_deliver {
    set resp.http.Consent-Cache = "MISS";
    if (obj.uncacheable) {
        set resp.http.Consent-Cache = "PASS";
    } elsif (obj.hits > 0) {
        set resp.http.Consent-Cache = "HIT";
    }
    # Browsers and downstream caches must not store what this cache may.
    if (resp.http.Cache-Control ~ "s-maxage") {
        set resp.http.Cache-Control = "private, no-cache";
    }
    unset resp.http.Surrogate-Key;
    unset resp.http.Cache-Tag;
    unset resp.http.Via;
    unset resp.http.X-Varnish;
}
