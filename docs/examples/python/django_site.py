"""A single-file Django site whose pages contain only the tags that the visitor allows.

pip install django
cp …/consent/csp/middleware.py consent_pages.py
CONSENT_SERVICE=https://consent.example.com CONSENT_TOKEN=cst_… python django_site.py runserver
"""

import os
import sys
from pathlib import Path

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    DEBUG=True,
    ROOT_URLCONF=__name__,
    SECRET_KEY=os.environ.get("SECRET_KEY", "only for this example"),
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [Path(__file__).parent / "templates"],
        }
    ],
    WSGI_APPLICATION=f"{__name__}.application",
)

import django  # noqa: E402

django.setup()

from consent_pages import ConsentPages  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.generic import TemplateView  # noqa: E402

urlpatterns = [
    path("", TemplateView.as_view(template_name="index.html")),
    path("about", TemplateView.as_view(template_name="about.html")),
]
pages = ConsentPages(
    os.environ["CONSENT_SERVICE"],
    "shop",
    os.environ["CONSENT_TOKEN"],
    ask_at=os.environ.get("CONSENT_INTERNAL_URL", ""),
)
application = pages.wsgi(get_wsgi_application())

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
