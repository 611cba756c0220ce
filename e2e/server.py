"""Loopback servers that remember every request: what reached them is what left the browser."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import SupportsRead, SupportsWrite

WITHHELD_S = 60


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; two of the same method and path are equal."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)
    """By their names in lower case."""


@dataclass(slots=True)
class Server:
    """A server that runs, and what it was asked so far."""

    origin: str
    """'http://127.0.0.1:43210', without a slash at the end."""
    requests: list[Request] = field(default_factory=list)


class _Recorder(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012 (the attribute of the class above)
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
        ".whl": "application/octet-stream",
    }

    def __init__(self, *arguments: object, requests: list[Request], **keywords: object) -> None:
        self.requests = requests
        super().__init__(*arguments, **keywords)  # type: ignore[arg-type]

    def parse_request(self) -> bool:
        parsed = super().parse_request()
        if parsed:
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.requests.append(Request(self.command, self.path, headers))
        return parsed

    def log_message(self, *_arguments: object) -> None:
        """Stay silent; what matters is in `requests`."""


class _Withholder(_Recorder):
    """Answers for one file at once, and sends the second half of it only when it is told to."""

    def __init__(self, *arguments: object, name: str, told: threading.Event, **keywords: object) -> None:
        self.name, self.told = name, told
        super().__init__(*arguments, **keywords)  # type: ignore[arg-type]

    def copyfile(self, source: SupportsRead[bytes], outputfile: SupportsWrite[bytes]) -> None:
        if self.path.endswith(self.name):
            content = source.read()
            half = len(content) // 2
            outputfile.write(content[:half])
            self.told.wait(WITHHELD_S)
            outputfile.write(content[half:])
        else:
            super().copyfile(source, outputfile)


class _Stranger(_Recorder):
    """Welcomes whatever comes, from any origin, so that nothing but the browser can stop a request."""

    def _welcome(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        body = b"<!doctype html><title>stranger</title><link rel=icon href=data:,>"
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html")
        self.send_header("Content-Length", str(0 if self.path.endswith(".js") else len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Headers", "*")
        self.end_headers()
        if not self.path.endswith(".js"):
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_OPTIONS = _welcome  # noqa: N815 (names that http.server looks for)


@contextmanager
def serve(directory: Path) -> Iterator[Server]:
    """Serve the built site on a free port of loopback."""
    if not (directory / "index.html").is_file():
        raise FileNotFoundError(f"{directory} has no index.html; run: python3 build.py build")
    yield from _run(partial(_Recorder, directory=str(directory)))


@contextmanager
def serve_withheld(directory: Path, name: str) -> Iterator[tuple[Server, Callable[[], None]]]:
    """Serve the built site, but for the second half of one file; what is yielded besides gives that, too."""
    told = threading.Event()
    for server in _run(partial(_Withholder, directory=str(directory), name=name, told=told)):
        try:
            yield server, told.set
        finally:
            told.set()


@contextmanager
def serve_folder(folder: Path) -> Iterator[Server]:
    """Serve the files of any folder, as they are."""
    yield from _run(partial(_Recorder, directory=str(folder)))


@contextmanager
def serve_stranger() -> Iterator[Server]:
    """Serve another origin: where data would arrive if the lock did not hold."""
    yield from _run(_Stranger)


def _run(handler: type[_Recorder] | partial[_Recorder]) -> Iterator[Server]:
    requests: list[Request] = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, requests=requests)) as httpd:
        httpd.daemon_threads = True
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Server(f"http://127.0.0.1:{httpd.server_port}", requests)
        finally:
            httpd.shutdown()
            thread.join()
