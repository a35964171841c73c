# Varnish as a cache before the consent service: /etc/varnish/consent.vcl. docs/edge.md tells what the service has to be set to.
# Start varnishd with `-p http_gzip_support=off`, so that browsers get Brotli. Put your own addresses in the place of those
# below. What stands before Varnish ends TLS and sets Consent-Country and Consent-Subdivision: the visitor's place (ISO 3166).

vcl 4.1;

import std;

backend consent {
    .host = "127.0.0.1";
    .port = "8000";
}

# Who ends TLS and names the visitor's place and address; of anybody else both are ignored.
acl front {
    "127.0.0.1";
    "::1";
}

# Who may purge: the service, by CONSENT_EDGE_PURGE=http://127.0.0.1:6081/purge. Whatever comes through `front` must not be
# able to send this: have it refuse the path.
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

    # What a stranger sends must not choose his law.
    if (client.ip !~ front) {
        unset req.http.Consent-Country;
        unset req.http.Consent-Subdivision;
        set req.http.X-Forwarded-For = client.ip;
    }
    unset req.http.Forwarded;
    # To the service these would be the same names.
    unset req.http.Consent_Country;
    unset req.http.Consent_Subdivision;
    unset req.http.X_Forwarded_For;
    unset req.http.X_Forwarded-For;
    unset req.http.X-Forwarded_For;

    if (req.url !~ "^/b/[a-z0-9][a-z0-9-]*\.js(\?language=[A-Za-z-]{2,20})?$" || (req.method != "GET" && req.method != "HEAD")) {
        return (pass);
    }

    # What is a visitor's alone (a choice, an account, a preview, a token), or odd, is asked of the service each time, and
    # is neither looked for in the cache nor kept there.
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
    # s-maxage is all the time that an answer has; what is private, Varnish's own rules below keep out.
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
    # Browsers, and caches on the way to them, keep nothing of what this one may.
    if (resp.http.Cache-Control ~ "s-maxage") {
        set resp.http.Cache-Control = "private, no-cache";
    }
    unset resp.http.Surrogate-Key;
    unset resp.http.Cache-Tag;
    unset resp.http.Via;
    unset resp.http.X-Varnish;
}
