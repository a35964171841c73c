"""How `make bench-banner` measures script time, on a trace small enough to check by hand."""

from bench.banner.traced import script_ms

PAGE = "http://127.0.0.1/ours"


def event(name: str, start: int, length: int, thread: int = 1, url: str = "") -> dict:
    """Return one trace event in microseconds; half its duration is thread time."""
    args = {"beginData": {"url": url}} if url else {}
    return {"name": name, "ts": start, "dur": length, "tdur": length // 2, "pid": 7, "tid": thread, "args": args}


def test_each_span_of_script_counts_once_by_the_threads_clock_and_only_on_the_pages_own_thread() -> None:
    trace = [
        event("RunMicrotasks", 600, 100),  # within the call
        event("v8.callFunction", 500, 1000),
        event("EvaluateScript", 0, 400),
        event("Layout", 2000, 8000),
        event("RunMicrotasks", 3000, 600),
        event("EvaluateScript", 0, 9000, thread=2),
        event("ParseHTML", 0, 10, url=PAGE),
        event("ParseHTML", 0, 10, thread=2, url="about:blank"),
    ]
    assert script_ms(trace, PAGE) == (200 + 500 + 300) / 1000
