"""Installation guides for a first-party path on the website's own host, by web server."""

from consent.core.translatable import translatable
from consent.dashboard.sites.guides.parts import Guide, Step

NGINX = Guide(
    "nginx",
    translatable("A path of your own host: nginx"),
    (
        Step(
            translatable(
                "In the server block of the website; set proxy_pass to the address at which this server reaches "
                "the service:"
            ),
            "location ~ ^/consent/(b|c|p|r|rights|api/v1)/ {\n"
            "    rewrite ^/consent(/.*)$ $1 break;\n"
            "    proxy_pass @upstream@;\n"
            "    proxy_http_version 1.1;\n"
            "    proxy_set_header Host $http_host;\n"
            "    proxy_set_header X-Forwarded-For $remote_addr;\n"
            "    proxy_set_header X-Forwarded-Proto $scheme;\n"
            '    proxy_set_header Forwarded "";\n'
            "    client_max_body_size 256k;\n"
            "    access_log off;\n"
            "}",
        ),
        Step(
            translatable(
                "Add the address of this server to CONSENT_TRUSTED_PROXIES of the service. The page's line is then:"
            ),
            "@own_line@",
        ),
    ),
)
CADDY = Guide(
    "caddy",
    translatable("A path of your own host: Caddy"),
    (
        Step(
            translatable(
                "In the block of the website; set reverse_proxy to the address at which this server reaches the "
                "service:"
            ),
            "@consent path /consent/b/* /consent/c/* /consent/p/* /consent/r/* /consent/rights/* /consent/api/v1/*\n"
            "handle @consent {\n"
            "\turi strip_prefix /consent\n"
            "\trequest_body {\n"
            "\t\tmax_size 256KB\n"
            "\t}\n"
            "\treverse_proxy @upstream@ {\n"
            "\t\theader_up -Forwarded\n"
            "\t}\n"
            "}",
        ),
        NGINX.steps[1],
    ),
)
APACHE = Guide(
    "apache",
    translatable("A path of your own host: Apache"),
    (
        Step(translatable("Enable the modules:"), "a2enmod proxy proxy_http headers"),
        Step(
            translatable(
                "In the VirtualHost of the website; set ProxyPassMatch to the address at which this server "
                "reaches the service:"
            ),
            '<LocationMatch "^/consent/(b|c|p|r|rights|api/v1)/">\n'
            "    ProxyAddHeaders Off\n"
            "    ProxyPreserveHost On\n"
            '    RequestHeader set X-Forwarded-For "expr=%{REMOTE_ADDR}"\n'
            '    RequestHeader set X-Forwarded-Proto "expr=%{REQUEST_SCHEME}"\n'
            "    RequestHeader unset Forwarded\n"
            "    RequestHeader unset X_Forwarded_For\n"
            "    RequestHeader unset X_Forwarded-For\n"
            "    RequestHeader unset X-Forwarded_For\n"
            "    LimitRequestBody 262144\n"
            "</LocationMatch>\n"
            'ProxyPassMatch "^/consent/((b|c|p|r|rights|api/v1)/.*)$" "@upstream@/$1"',
        ),
        NGINX.steps[1],
    ),
)
