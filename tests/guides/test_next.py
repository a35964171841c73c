"""Next.js with the app router, and with the pages router and `next/head`."""

from playwright.sync_api import Browser

from tests.guides import walk
from tests.guides.npm import Starter, environment, project, run, write
from tests.guides.site import Site
from tests.guides.starters import NEXT_APP, NEXT_PAGES
from tests.guides.walk import Pages, follows_its_guide
from tests.guides.web_server import served

CHAT, LATE = "code.tidio.co", "snap.licdn.com"
FIRST = frozenset({walk.GOOGLE, walk.META, walk.HOTJAR, walk.OWN, CHAT, LATE})
INSERTED = frozenset({walk.META, walk.HOTJAR, LATE})
TAGS = """<Script src="https://www.googletagmanager.com/gtag/js?id=G-ABC1234567" />
        <Script src="https://snap.licdn.com/li.lms-analytics/insight.min.js" strategy="lazyOnload" />
        <Script id="google">{`window.dataLayer = window.dataLayer || []; function gtag(){dataLayer.push(arguments);}
          gtag('js', new Date()); gtag('config', 'G-ABC1234567');`}</Script>
        <Script id="meta">{`%(meta)s`}</Script>"""
CLIENT = """"use client"
import { useEffect } from "react"

%(start)s
function hotjar() { %(hotjar)s }

export default function Client() {
  useEffect(hotjar, [])
  %(when)s
  return null
}
"""
LAYOUT = (
    """import Link from "next/link"
import Client from "./client"
%(top)s

export const metadata = { title: "Site", icons: { icon: "data:," } }

export default function RootLayout({ children }) {
  return (
    <html lang="en">
      %(head)s
      <body>
        <nav><Link href="/">Home</Link> <Link href="/about">About</Link></nav>
        {children}
        <footer>%(footer)s</footer>
        <script async src="https://code.tidio.co/abc.js" />
        """
    + TAGS
    + """
        <Client />
        %(line)s
      </body>
    </html>
  )
}
"""
)
HOME = "export default function Home() { return <main>Welcome</main> }"
ABOUT = "export default function About() {{ return <main><p>All about us</p>{frame}</main> }}"
DOCUMENT = """import { Html, Head, Main, NextScript } from "next/document"
%(top)s

export default function Document() {
  return (
    <Html lang="en">
      %(head)s
      <body><Main /><NextScript /></body>
    </Html>
  )
}
"""
PAGES_APP = (
    """import { useEffect } from "react"
import Head from "next/head"
import Link from "next/link"
import Script from "next/script"

%(start)s
function hotjar() { %(hotjar)s }

export default function App({ Component, pageProps }) {
  useEffect(hotjar, [])
  %(when)s
  return (
    <>
      <Head>
        <title>Site</title>
        <link rel="icon" href="data:," />
        <script async src="https://code.tidio.co/abc.js"></script>
      </Head>
      <nav><Link href="/">Home</Link> <Link href="/about">About</Link></nav>
      <Component {...pageProps} />
      <footer>%(footer)s</footer>
      """
    + TAGS
    + """
    </>
  )
}
"""
)


def test_app_router(browser: Browser, site: Site) -> None:
    words = site.words(
        "next",
        top="At the top",
        head="first in the head",
        frame="third-party video",
        line="end of its body",
        footer="In the footer",
        when="wait for its group",
    )
    files = {"app/layout.js": LAYOUT % words, "app/client.js": CLIENT % words}
    _follows(browser, site, NEXT_APP, files | {"app/page.js": HOME, "app/about/page.js": ABOUT.format(**words)})


def test_pages_router(browser: Browser, site: Site) -> None:
    words = site.words(
        "next-pages",
        top="At the top",
        head="in place of <Head />",
        frame="third-party video",
        footer="In the footer",
        when="wait for its group",
    )
    files = {"pages/_document.js": DOCUMENT % words, "pages/_app.js": PAGES_APP % words}
    _follows(browser, site, NEXT_PAGES, files | {"pages/index.js": HOME, "pages/about.js": ABOUT.format(**words)})


def _follows(browser: Browser, site: Site, starter: Starter, files: dict[str, str]) -> None:
    with project(starter) as folder:
        write(folder, files)
        run("npm run build", folder)
        with served(f"npm run start -- --port {site.port}", folder, site.port, environment()):
            follows_its_guide(browser, Pages(site.origin, FIRST, FIRST | {walk.FILM}, inserted=INSERTED, in_place=True))
