"""The three engines behind the browsers that hospitals use, each driven by its own protocol through one interface.

Chromium (Chrome, Edge) is driven by Playwright, Gecko (Firefox) by WebDriver BiDi, WebKit (Safari) by WebDriver.
What is tried in all three asks no more of a browser than `Tab` offers. An engine that does not answer is ended, with
every process that it started, and `EngineLostError` says so.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Browser, Page
from selenium import webdriver
from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.client_config import ClientConfig
from selenium.webdriver.remote.file_detector import UselessFileDetector
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.websocket_connection import WebSocketConnection
from selenium.webdriver.webkitgtk.options import Options as WebKitOptions
from selenium.webdriver.webkitgtk.service import Service as WebKitService
from urllib3.exceptions import HTTPError
from websocket import WebSocketException

from e2e.browser import BOOT_TIMEOUT_MS

FIREFOX_NAMES = ("firefox-esr", "firefox")
MINI_BROWSERS = ("lib/*/webkit2gtk-4.*/MiniBrowser", "libexec/webkit*/MiniBrowser")
"""Where distributions put it, below `/usr`."""
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


class EngineLostError(Exception):
    """The engine did not start, has ended, or gives no answer."""


class Tab(Protocol):
    """One tab of one engine."""

    def open(self, address: str) -> None:
        """Lead the tab to an address; returns when the document is there, not when all is loaded."""

    def evaluate(self, function: str, argument: Any = None) -> Any:
        """Call a JavaScript function with a JSON value, await it, return what it returned; raises `ScriptError`."""

    def choose(self, *files: Path, into: str = "file") -> None:
        """Put files into a file input of the page, by its id."""

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

    def choose(self, *files: Path, into: str = "file") -> None:
        self._page.set_input_files(f"#{into}", [str(file) for file in files])

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
        try:
            answer: dict[str, Any] = self._connection.send_cmd(method, parameters)
        except (WebDriverException, WebSocketException, OSError) as error:
            raise EngineLostError(f"Gecko gave no answer to {method}: {error}") from error
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

    def choose(self, *files: Path, into: str = "file") -> None:
        found = self._send(
            "browsingContext.locateNodes",
            {"context": self._context, "locator": {"type": "css", "value": f"#{into}"}},
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


# --- WebKit -----------------------------------------------------------------------------------------------------------


class WebKitTab:
    """A tab of WebKitGTK's MiniBrowser."""

    def __init__(self, driver: webdriver.Remote) -> None:
        self._driver = driver

    def open(self, address: str) -> None:
        with answering():
            self._driver.get(address)

    def evaluate(self, function: str, argument: Any = None) -> Any:
        call = f"const done = arguments[1]; ({wrapped(function)})(arguments[0]).then(done);"
        with answering():
            return unpack(self._driver.execute_async_script(call, json.dumps(argument)))

    def choose(self, *files: Path, into: str = "file") -> None:
        with answering():
            self._driver.find_element(By.ID, into).send_keys("\n".join(map(str, files)))

    def screenshot(self) -> bytes:
        with answering():
            return self._driver.get_screenshot_as_png()


@contextmanager
def answering() -> Iterator[None]:
    """Say `EngineLostError` where WebKit does not answer at all."""
    try:
        yield
    except (HTTPError, OSError, TimeoutException) as error:
        raise EngineLostError(f"WebKit gave no answer: {error}") from error


@contextmanager
def webkit(_: Browser) -> Iterator[Tab]:
    """WebKitGTK, as Debian packages it, on a screen that nobody sees."""
    driver_path, xvfb = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    browsers = [path for pattern in MINI_BROWSERS for path in Path("/usr").glob(pattern)]
    if driver_path is None or xvfb is None or not browsers:
        raise EngineMissingError("WebKit: webkit2gtk-driver and xvfb")
    options = WebKitOptions()
    options.binary_location = str(browsers[0])
    options.add_argument("--automation")
    screen = [xvfb, "-displayfd", "2", "-screen", "0", "{}x{}x24".format(*SIZE), "-nolisten", "tcp"]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        running(screen, r"^(\d+)$") as display,
        webkit_driver(
            driver_path,
            {
                **os.environ,
                **dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"), home),
                "DISPLAY": f":{display[1]}",
                "GDK_BACKEND": "x11",
                "LIBGL_ALWAYS_SOFTWARE": "1",
                "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",  # root in a container has none
            },
        ) as address,
    ):
        with answering():
            patience = ClientConfig(address, timeout=ANSWER_SECONDS + START_SECONDS)  # the driver's own ends first
            driver = webdriver.Remote(RemoteConnection(client_config=patience), options=options)
            driver.file_detector = UselessFileDetector()  # the browser sees the same files
            driver.set_script_timeout(ANSWER_SECONDS)
            driver.set_page_load_timeout(ANSWER_SECONDS)
            driver.set_window_rect(0, 0, *SIZE)
        yield WebKitTab(driver)


@contextmanager
def webkit_driver(path: str, environment: dict[str, str]) -> Iterator[str]:
    """Run the driver for as long as the context lasts; yields its address. Its browser ends with it."""
    service = WebKitService(path, env=environment, popen_kw={"start_new_session": True})
    try:
        service.start()
    except WebDriverException as error:
        raise EngineLostError(f"{path} did not start: {error.msg}") from error
    try:
        yield service.service_url
    finally:
        end(service.process, at_once=True)  # asked to go, it waits for a browser that may be hung


ENGINES: dict[str, Callable[[Browser], AbstractContextManager[Tab]]] = {
    "Chromium": chromium,
    "Gecko": gecko,
    "WebKit": webkit,
}
"""By name, what opens a tab of each, beside the Chromium that runs; raises `EngineMissingError`."""


# --- what they share --------------------------------------------------------------------------------------------------


def wrapped(function: str) -> str:
    """Return a function from JSON text to JSON text that never rejects, which every protocol can carry."""
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
        command,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        errors="replace",
        start_new_session=True,
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
                raise EngineLostError(f"{command[0]} did not start: {''.join(said)[-2000:]}")
            yield found[0]
        finally:
            end(process)
            listener.join(10)


def end(process: subprocess.Popen[Any], *, at_once: bool = False) -> None:
    """End a program that leads a process group, and all that it has started; politely first, unless `at_once`."""
    if not at_once:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
    with contextlib.suppress(ProcessLookupError):  # the group is empty
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
