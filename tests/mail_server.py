"""A mail server on a local port that keeps its mail, with as much of SMTP as a single sender needs."""

import contextlib
import queue
import socketserver
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.wsgi_server import LOOK_S


class MailServer(socketserver.ThreadingTCPServer):
    """A mail server whose `mails` holds the received mail in order."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.mails: queue.Queue[EmailMessage] = queue.Queue()
        self.refuses = False

    @property
    def url(self) -> str:
        """Return the server's SMTP URL."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    def next(self) -> EmailMessage:
        """Return the next mail, waiting up to 60 seconds for it."""
        return self.mails.get(timeout=60)


class Talk(socketserver.StreamRequestHandler):
    """One client connection."""

    server: MailServer

    def handle(self) -> None:
        """Answer each command until QUIT."""
        self._say(b"220 here")
        while line := self.rfile.readline():
            word = line.split()[0].upper()
            if word == b"DATA":
                self._take()
            elif word == b"RCPT" and self.server.refuses:
                self._say(b"550 no such mailbox")
            else:
                self._say(b"221 bye" if word == b"QUIT" else b"250 ok")
            if word == b"QUIT":
                return

    def _take(self) -> None:
        self._say(b"354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self.server.mails.put(message_from_bytes(b"".join(lines), policy=policy.default))  # type: ignore[arg-type]
        self._say(b"250 taken")

    def _say(self, line: bytes) -> None:
        self.wfile.write(line + b"\r\n")


@contextlib.contextmanager
def running_mail_server() -> Iterator[MailServer]:
    """Run a mail server until the block ends."""
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(LOOK_S,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
