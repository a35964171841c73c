"""A server that receives choice events: it records each request and answers as the test configures it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

LIMIT_S = 60


class Post(NamedTuple):
    """One request, with its headers by lower-case name."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> Any:
        return json.loads(self.body)

    @property
    def version(self) -> int:
        return self.event["data"]["version"]


class EventReceiver:
    """A server that answers each of `statuses` once, then `status`; `acks` is the state in each answer's body."""

    def __init__(self) -> None:
        self.posts: list[Post] = []
        self.statuses: list[int] = []
        self.status, self.acks, self.extra = 200, "", {}
        self.arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                post = Post(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                with receiver.arrived:
                    receiver.posts.append(post)
                    status = receiver.statuses.pop(0) if receiver.statuses else receiver.status
                    receiver.arrived.notify_all()
                text = receiver._answer_to(post)
                self.send_response(status)
                for name, value in receiver.extra.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_PATCH = do_POST

            def do_GET(self) -> None:
                raise AssertionError("a redirect was followed")

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/hear"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def _answer_to(self, post: Post) -> bytes:
        if not self.acks:
            return b"thank you, \xff"
        return json.dumps({"ack": {"event": post.event["id"], "state": self.acks, "ref": "job-17"}}).encode()

    @property
    def versions(self) -> list[int]:
        """Return the versions in the order they arrived."""
        return [post.version for post in self.posts]

    def wait_for(self, count: int) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.posts) >= count, LIMIT_S), len(self.posts)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
