"""Two engines behind the browsers that hospitals use, each driven by its own protocol through one interface.

Chromium (Chrome, Edge) is driven by Playwright, Gecko (Firefox) by WebDriver BiDi.
What is tried in both asks no more of a browser than `Tab` offers.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Browser, Page
from selenium.webdriver.remote.websocket_connection import WebSocketConnection

from e2e.browser import BOOT_TIMEOUT_MS

FIREFOX_NAMES = ("firefox-esr", "firefox")
SIZE = (1280, 720)
START_SECONDS = 60
ANSWER_SECONDS = 120
PREFERENCES = {
    # What a browser tells its maker, looks up or restores by itself has nothing to do with a page.
    "app.update.auto": False,
    "browser.aboutwelcome.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "remote.prefs.recommended": True,
    "toolkit.telemetry.server": "data:,",
}


class EngineMissingError(Exception):
    """The engine is not installed on this machine; the message names what would be."""


class Tab(Protocol):
    """One tab of one engine."""

    def open(self, address: str) -> None:
        """Lead the tab to an address; returns when the document is there, not when all is loaded."""

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a JavaScript function with a JSON value, await it, return what it returned; raises `ScriptError`."""

    def choose(self, *files: Path) -> None:
        """Put files into the page's file input."""

    def screenshot(self) -> bytes:
        """Return what is on the screen, as PNG."""


class ScriptError(Exception):
    """A function threw in the page, or its promise was rejected."""


# --- Chromium ---------------------------------------------------------------------------------------------------------


class ChromiumTab:
    """A tab of Chromium."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def open(self, address: str) -> None:
        self._page.goto(address, wait_until="commit")
        self._page.wait_for_selector("body", state="attached")

    def evaluate(self, function: str, argument: Any = None) -> Any:
        return unpack(self._page.evaluate(wrapped(function), json.dumps(argument)))

    def choose(self, *files: Path) -> None:
        self._page.set_input_files("#file", [str(file) for file in files])

    def screenshot(self) -> bytes:
        return self._page.screenshot()


@contextmanager
def chromium(browser: Browser) -> Iterator[Tab]:
    """A tab of the Chromium that runs already: Playwright runs once in a process."""
    width, height = SIZE
    context = browser.new_context(viewport={"width": width, "height": height})
    try:
        yield ChromiumTab(context.new_page())
    finally:
        context.close()


# --- Gecko ------------------------------------------------------------------------------------------------------------


class GeckoTab:
    """A tab of Firefox, over a WebDriver BiDi connection that has a session."""

    def __init__(self, connection: WebSocketConnection) -> None:
        self._connection = connection
        self._context = self._send("browsingContext.getTree", {"maxDepth": 0})["contexts"][0]["context"]
        width, height = SIZE
        self._send(
            "browsingContext.setViewport", {"context": self._context, "viewport": {"width": width, "height": height}}
        )

    def _send(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._connection.send_cmd(method, parameters)
        if "error" in answer:
            raise ScriptError(f"{method}: {answer['error']}: {answer.get('message', '')}")
        return answer["result"]

    def open(self, address: str) -> None:
        self._send("browsingContext.navigate", {"context": self._context, "url": address, "wait": "interactive"})

    def evaluate(self, function: str, argument: Any = None) -> Any:
        result = self._send(
            "script.callFunction",
            {
                "functionDeclaration": wrapped(function),
                "arguments": [{"type": "string", "value": json.dumps(argument)}],
                "awaitPromise": True,
                "target": {"context": self._context},
                "userActivation": False,
            },
        )
        if result["type"] == "exception":
            raise ScriptError(result["exceptionDetails"]["text"])
        return unpack(result["result"]["value"])

    def choose(self, *files: Path) -> None:
        found = self._send(
            "browsingContext.locateNodes",
            {"context": self._context, "locator": {"type": "css", "value": "#file"}},
        )
        element = {"sharedId": found["nodes"][0]["sharedId"]}
        self._send(
            "input.setFiles", {"context": self._context, "element": element, "files": [str(file) for file in files]}
        )

    def screenshot(self) -> bytes:
        return base64.b64decode(self._send("browsingContext.captureScreenshot", {"context": self._context})["data"])


@contextmanager
def gecko(_: Browser) -> Iterator[Tab]:
    """Firefox, as Debian packages it."""
    firefox = os.environ.get("INSPECTOR_FIREFOX") or next(filter(None, map(shutil.which, FIREFOX_NAMES)), None)
    if firefox is None:
        raise EngineMissingError("Gecko: firefox-esr")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        Path(profile, "user.js").write_text(
            "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items())
        )
        command = [firefox, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"]
        with running(command, r"WebDriver BiDi listening on (ws://\S+)") as listening:
            connection = WebSocketConnection(f"{listening[1]}/session", ANSWER_SECONDS, 0.02)
            try:
                connection.send_cmd("session.new", {"capabilities": {}})
                yield GeckoTab(connection)
            finally:
                connection.close()


ENGINES: dict[str, Callable[[Browser], AbstractContextManager[Tab]]] = {"Chromium": chromium, "Gecko": gecko}
"""By name, what opens a tab of each, beside the Chromium that runs; raises `EngineMissingError`."""


# --- what they share --------------------------------------------------------------------------------------------------


def wrapped(function: str) -> str:
    """Return a function from JSON text to JSON text that never rejects, which both protocols can carry."""
    return f"""async (text) => {{
        try {{
            return JSON.stringify({{ value: (await ({function})(JSON.parse(text))) ?? null }});
        }} catch (error) {{
            return JSON.stringify({{ thrown: String(error) }});
        }}
    }}"""


def unpack(text: str) -> Any:
    """Return what the wrapped function returned; raises `ScriptError` with what it threw."""
    answer = json.loads(text)
    if "thrown" in answer:
        raise ScriptError(answer["thrown"])
    return answer["value"]


def wait_for_state(tab: Tab, *states: str, seconds: float = BOOT_TIMEOUT_MS / 1000) -> str:
    """Wait until the page is in one of the states; return which. `error` ends the wait too, unless looked for."""
    end = time.monotonic() + seconds
    while True:
        state, error = tab.evaluate(
            "() => [document.documentElement.dataset.state, document.documentElement.dataset.error]"
        )
        if state in states:
            return str(state)
        if state == "error" or time.monotonic() > end:
            raise AssertionError(f"waited for {states}, but: {error or state}")
        time.sleep(0.1)


@contextmanager
def running(command: Sequence[str], announcement: str) -> Iterator[re.Match[str]]:
    """Run a program for as long as the context lasts; yields the line in which it says that it is ready."""
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, errors="replace"
    ) as process:
        assert process.stderr is not None
        said: list[str] = []
        found: list[re.Match[str]] = []
        ready = threading.Event()

        def listen() -> None:  # to the end: a pipe that nobody reads stops who writes
            for line in process.stderr:
                said.append(line)
                match = None if found else re.search(announcement, line.strip())
                if match:
                    found.append(match)
                    ready.set()
            ready.set()

        listener = threading.Thread(target=listen)
        listener.start()
        try:
            if not ready.wait(START_SECONDS) or not found:
                raise RuntimeError(f"{command[0]} did not start: {''.join(said)[-2000:]}")
            yield found[0]
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
            listener.join(10)
