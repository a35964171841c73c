"""A receiver in its own process that can be killed: its file has everything it has answered with 200.

`python -m tests.delivery.receiver_process PORT FILE` appends a line for each event: id, subject, version, receipt. If
FILE is `-`, nothing is written.
"""

import json
import os
import socket
import sys
import threading

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def serve(raw: socket.socket, file: int) -> None:
    """Answer posts on one connection until it is closed."""
    held = b""
    with raw:
        while True:
            while b"\r\n\r\n" not in held:
                part = raw.recv(65536)
                if not part:
                    return
                held += part
            head, _, held = held.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            while len(held) < length:
                part = raw.recv(65536)
                if not part:
                    return
                held += part
            body, held = held[:length], held[length:]
            if file >= 0:
                event = json.loads(body)
                facts = [event["id"], event["subject"], event["data"]["version"], event["data"]["receipt"]]
                os.write(file, json.dumps(facts).encode() + b"\n")
            raw.sendall(OK)


def main() -> None:
    port, path = int(sys.argv[1]), sys.argv[2]
    file = -1 if path == "-" else os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    server = socket.create_server(("127.0.0.1", port), backlog=128)
    while True:
        raw, _ = server.accept()
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(raw, file), daemon=True).start()


if __name__ == "__main__":
    main()
