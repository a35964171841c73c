"""Elements whose names hide what a script looks for on `document` and `window`."""

HIDDEN = (
    *("cookie", "currentScript", "createElement", "querySelectorAll", "body", "head", "documentElement", "baseURI"),
    *("addEventListener", "readyState", "importNode", "dispatchEvent", "activeElement", "prerendering"),
)


GLOBALS = ("dataLayer", "consent", "chat", "trustedTypes", "scheduler", "navigation")


CLOBBER = "".join(f'<img alt="" name="{name}">' for name in HIDDEN) + "".join(
    f'<a id="{name}"></a>' for name in GLOBALS
)
