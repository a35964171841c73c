"""A server that speaks OpenAI's chat completions API, as Ollama, llama.cpp and vLLM do."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[list[dict[str, Any]]], str | bytes | int]
"""Takes the items of a prompt and returns a completion's message (str), a whole body (bytes) or a status code (int)."""


class LanguageModelServer:
    """A server that records its requests and answers each with what `reply` returns."""

    def __init__(self) -> None:
        self.reply: Reply = lambda _: '{"items": []}'
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.paths: list[str] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.requests.append(asked)
                server.keys.append(self.headers["Authorization"])
                server.paths.append(self.path)
                server.may_answer.wait(60)
                reply = server.reply(json.loads(asked["messages"][-1]["content"])["items"])
                if isinstance(reply, str):
                    message = {"role": "assistant", "content": reply}
                    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
                    body = json.dumps({"id": "1", "object": "chat.completion", "choices": choices}).encode()
                else:
                    body = b"" if isinstance(reply, int) else reply
                self.send_response(reply if isinstance(reply, int) else 200)
                if reply == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                raise AssertionError("a redirect was followed")

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()

    def close(self) -> None:
        self.may_answer.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
