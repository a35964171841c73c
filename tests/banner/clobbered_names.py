"""Elements whose names shadow the properties of `document` and `window` that a script uses."""

HIDDEN = (
    *("cookie", "currentScript", "createElement", "querySelectorAll", "body", "head", "documentElement", "baseURI"),
    *("addEventListener", "readyState", "importNode", "dispatchEvent", "activeElement", "prerendering"),
)


GLOBALS = ("dataLayer", "consent", "chat", "trustedTypes", "scheduler", "navigation")


CLOBBER = "".join(f'<img alt="" name="{name}">' for name in HIDDEN) + "".join(
    f'<a id="{name}"></a>' for name in GLOBALS
)
