"""A FastAPI site whose pages contain only the tags that the visitor allows.

pip install "fastapi[standard]"
cp …/consent/csp/middleware.py consent_pages.py
CONSENT_SERVICE=https://consent.example.com CONSENT_TOKEN=cst_… fastapi run fastapi_site.py
"""

import os
from pathlib import Path

from consent_pages import ConsentPages
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

pages = ConsentPages(
    os.environ["CONSENT_SERVICE"],
    "shop",
    os.environ["CONSENT_TOKEN"],
    ask_at=os.environ.get("CONSENT_INTERNAL_URL", ""),
)
app = FastAPI()
app.add_middleware(pages.asgi)
templates = Jinja2Templates(Path(__file__).parent / "templates")


@app.get("/", response_class=HTMLResponse)
async def home(request: Request):
    """Show the first page."""
    return templates.TemplateResponse(request, "index.html")


@app.get("/about", response_class=HTMLResponse)
async def about(request: Request):
    """Show the second page."""
    return templates.TemplateResponse(request, "about.html")
