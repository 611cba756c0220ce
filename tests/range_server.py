"""A web server on loopback that sends ranges of files, as object stores do; it notes what it was asked for."""

from __future__ import annotations

import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class RangeServer(http.server.ThreadingHTTPServer):
    """Serves `files` by path."""

    daemon_threads = True

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files = files
        self.sends_ranges = True
        self.tells_length = True
        self.failures = 0
        """How many of the next requests for bytes are answered with 503."""
        self.sent: list[int] = []
        """Lengths of what was sent."""
        self.versions: dict[str, int] = {}

    def url(self, path: str) -> str:
        """Return the address of a file."""
        return f"http://127.0.0.1:{self.server_port}/{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RangeServer

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.lstrip("/")
        data = self.server.files.get(path)
        if data is None:
            self.send_error(404)
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked and self.server.failures and with_body:
            self.server.failures -= 1
            self.send_error(503)
            return
        part = data
        if asked and self.server.sends_ranges:
            start, stop = int(asked[1]), min(int(asked[2] or len(data) - 1), len(data) - 1)
            part = data[start : stop + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{stop}/{len(data)}")
        else:
            self.send_response(200)
        if self.server.sends_ranges:
            self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{self.server.versions.get(path, 1)}"')
        if self.server.tells_length:
            self.send_header("Content-Length", str(len(part)))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if with_body:
            self.server.sent.append(len(part))
            self.wfile.write(part)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serve_ranges(files: dict[str, bytes]) -> Iterator[RangeServer]:
    """Serve files for as long as the block runs."""
    with RangeServer(files) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
