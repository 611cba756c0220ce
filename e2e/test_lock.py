"""Nothing leaves: every way out is tried with a file loaded, and the servers and the browser say what got through."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, Page, Playwright, Route, expect
from pydicom.uid import CTImageStorage

from e2e.browser import Inspector, dist_directory, launch, payload
from e2e.server import Server, serve, serve_withheld
from tests.builders import data_set, dicom_bytes, uid, zip_bytes

CHANNELS = (Path(__file__).parent / "channels.js").read_text()
SECRET = "Sample-Anna"

# Of the channels, those that a worker has too.
WORKER_ATTEMPTS = """
async ({ base, secret }) => {
  const url = (channel) => `${base}/leak/worker-${channel}/${secret}`;
  const said = {};
  const attempt = async (name, start) => {
    try { said[name] = `answered: ${await start()}`; } catch (error) { said[name] = `refused: ${error.name}`; }
  };
  const opened = (target) => new Promise((resolve, reject) => {
    target.onopen = () => resolve('open');
    target.onerror = () => reject(new Error('refused'));
  });
  await attempt('fetch', () => fetch(url('fetch'), { mode: 'no-cors' }));
  await attempt('XMLHttpRequest', () => {
    const request = new XMLHttpRequest();
    request.open('GET', url('XMLHttpRequest'), false);
    request.send();
    return request.status;
  });
  await attempt('WebSocket', () => opened(new WebSocket(url('WebSocket').replace(/^http/, 'ws'))));
  await attempt('EventSource', () => opened(new EventSource(url('EventSource'))));
  await attempt('importScripts', () => importScripts(url('importScripts') + '.js'));
  await attempt('import', () => import(url('import') + '.js'));
  return said;
}
"""


def watch_the_wire(page: Page) -> list[dict[str, Any]]:
    """Return what Chromium sends from now on; the event comes only for requests that leave the page's process."""
    session = page.context.new_cdp_session(page)
    sent: list[dict[str, Any]] = []
    session.on("Network.requestWillBeSentExtraInfo", lambda event: sent.append(event))
    session.send("Network.enable")
    return sent


@pytest.mark.parametrize("where", ["stranger", "site"])
def test_no_channel_of_the_page_gets_out(page: Page, site: Server, stranger: Server, sample: Path, where: str) -> None:
    inspector = Inspector(page, site).open_ready()
    inspector.review(sample)
    before = len(site.requests), len(stranger.requests)
    sent = watch_the_wire(page)
    base = {"stranger": stranger, "site": site}[where].origin
    outcomes = page.evaluate(CHANNELS, {"base": base, "secret": SECRET})
    assert (len(site.requests), len(stranger.requests)) == before
    assert sent == []
    assert len(page.context.pages) == 1
    assert not [channel for channel, outcome in outcomes.items() if outcome in {"answered", "loaded", "opened"}]
    assert inspector.state == "done"


def test_the_same_channels_do_get_out_of_a_page_without_the_lock(browser: Browser, stranger: Server) -> None:
    """Without this, the test above could pass because the attempts themselves are broken."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(stranger.origin + "/")
    outcomes = page.evaluate(CHANNELS, {"base": stranger.origin, "secret": "nothing"})
    context.close()
    arrived = {unquote(request.path.split("/")[2]) for request in stranger.requests if "/nothing" in request.path}
    stranger.requests.clear()
    assert arrived == set(outcomes)


@pytest.mark.parametrize("where", ["stranger", "site"])
def test_no_channel_of_a_worker_gets_out(
    inspector: Inspector, site: Server, stranger: Server, sample: Path, where: str
) -> None:
    inspector.review(sample)
    before = len(site.requests), len(stranger.requests)
    base = {"stranger": stranger, "site": site}[where].origin
    assert inspector.page.workers
    for worker in inspector.page.workers:
        said = worker.evaluate(WORKER_ATTEMPTS, {"base": base, "secret": SECRET})
        assert len(said) == 6
        assert all(outcome.startswith("refused") for outcome in said.values()), said
    assert (len(site.requests), len(stranger.requests)) == before


# Asks the worker's own runtime, as the page does; the answer is caught before it leaves the worker.
PROBE = """
() => new Promise((resolve) => {
  const post = self.postMessage;
  self.postMessage = (reply, ...more) => {
    if (reply.id !== 'probe') return post.call(self, reply, ...more);
    self.postMessage = post;
    resolve(reply.value ? JSON.parse(reply.value) : reply);
  };
  self.onmessage({ data: { id: 'probe', type: 'probe', payload: {} } });
})
"""


def test_python_in_every_worker_is_refused_too(inspector: Inspector, site: Server, sample: Path) -> None:
    inspector.review(sample)
    inspector.show(1)  # so that the picture worker runs as well
    before = len(site.requests)
    assert len(inspector.page.workers) >= 2
    for worker in inspector.page.workers:
        attempts = worker.evaluate(PROBE)["attempts"]
        assert {attempt["from"] for attempt in attempts} == {"worker", "python"}
        assert [attempt for attempt in attempts if not attempt["refused"]] == []
    assert len(site.requests) == before


def test_scripts_of_the_site_cannot_be_loaded_any_more(inspector: Inspector, site: Server) -> None:
    scripts = inspector.page.eval_on_selector_all("script[src]", "found => found.map(script => script.src)")
    assert scripts
    before = len(site.requests)
    for script in scripts:
        with pytest.raises(Exception, match="dynamically imported module"):
            inspector.page.evaluate("address => import(address)", f"{script}?{SECRET}")
    assert len(site.requests) == before


def test_peer_connections_are_gone(inspector: Inspector) -> None:
    """No policy covers WebRTC, so the page does without it."""
    assert inspector.page.evaluate("typeof RTCPeerConnection") == "undefined"
    assert (
        inspector.page.evaluate("() => { delete globalThis.RTCPeerConnection; return typeof RTCPeerConnection; }")
        == "undefined"
    )
    for worker in inspector.page.workers:
        assert worker.evaluate("typeof RTCPeerConnection") == "undefined"


# By channel, what would reach it.
TAKEN_AWAY = {
    "WebTransport": "globalThis.WebTransport",
    "WebSocketStream": "globalThis.WebSocketStream",
    "fetchLater": "globalThis.fetchLater",
    "localStorage": "globalThis.localStorage",
    "sessionStorage": "globalThis.sessionStorage",
    "IndexedDB": "globalThis.indexedDB",
    "Cache": "globalThis.caches",
    "files of the site": "navigator.storage",
    "service worker": "navigator.serviceWorker",
    "cookie store": "globalThis.cookieStore",
    "opener": "globalThis.opener",
    "parent": "globalThis.parent",
    "BroadcastChannel": "globalThis.BroadcastChannel",
    "SharedWorker": "globalThis.SharedWorker",
    "Notification": "globalThis.Notification",
    "window of its own": "globalThis.documentPictureInPicture",
    "speech": "globalThis.speechSynthesis",
    "speech recognition": "globalThis.webkitSpeechRecognition ?? globalThis.SpeechRecognition",
    "media session": "navigator.mediaSession",
    "sharing": "navigator.share",
    "protocol handlers": "navigator.registerProtocolHandler",
    "payment": "globalThis.PaymentRequest",
    "name of the window": "globalThis.name",
}


@pytest.mark.parametrize("channel", TAKEN_AWAY)
def test_what_is_taken_away_cannot_be_reached(reviewed: Inspector, channel: str) -> None:
    assert reviewed.page.evaluate(f"typeof ({TAKEN_AWAY[channel]})") == "undefined"


def test_workers_can_store_nothing_and_talk_to_no_other_page(reviewed: Inspector) -> None:
    names = ["indexedDB", "caches", "BroadcastChannel", "WebTransport", "EventSource", "Notification", "cookieStore"]
    for worker in reviewed.page.workers:
        found = worker.evaluate("names => names.filter(name => globalThis[name] !== undefined)", names)
        assert found == []
        assert worker.evaluate("() => navigator.storage ?? navigator.serviceWorker ?? null") is None


def test_nothing_is_said_to_the_page_that_opened_this_one(browser: Browser, site: Server, stranger: Server) -> None:
    context = browser.new_context()
    opener = context.new_page()
    opener.goto(stranger.origin + "/")
    opener.evaluate("() => { window.heard = []; onmessage = ({ data }) => window.heard.push(data); }")
    with context.expect_page() as opened:
        opener.evaluate("address => { window.child = open(address); }", site.origin + "/")
    inspector = Inspector(opened.value, site)
    inspector.wait_for("ready")
    opened.value.evaluate(
        """secret => {
        addEventListener('message', ({ source }) => source.postMessage(secret, '*'));
        globalThis.opener?.postMessage(secret, '*');
    }""",
        SECRET,
    )
    opener.evaluate("() => window.child.postMessage('answer me', '*')")
    opener.wait_for_timeout(300)
    assert opener.evaluate("window.heard") == []
    context.close()


# Each makes the browser look up and call a host, in another way to a link.
HINTS = {
    "a new one": """url => {
        const link = document.createElement('link');
        document.head.append(Object.assign(link, { rel: 'preconnect', href: url }));
    }""",
    "the page's own": """url => {
        const link = document.querySelector('link[rel=stylesheet]');
        link.rel = 'preconnect';
        link.href = url;
    }""",
    "a copy": """url => {
        const link = document.querySelector('link[rel=stylesheet]').cloneNode();
        link.setAttribute('href', url);
        link.setAttribute('rel', 'preconnect');
        document.head.append(link);
    }""",
    "its attributes": """url => {
        const link = document.querySelector('link[rel=stylesheet]').cloneNode();
        for (const [name, value] of [['href', url], ['rel', 'preconnect']]) {
            try { link.attributes[name].value = value; } catch {}
            try { link.attributes[name].nodeValue = value; } catch {}
            try { link.attributes[name].textContent = value; } catch {}
            const made = document.createAttribute(name);
            try { made.value = value; link.setAttributeNode(made); } catch {}
        }
        document.head.append(link);
    }""",
    "markup that is made safe": """url => {
        const box = document.body.appendChild(document.createElement('div'));
        const sanitizer = { elements: ['link'], attributes: ['rel', 'href'] };
        box.setHTML(`<link rel=preconnect href=${url}>`, { sanitizer });
    }""",
}


@pytest.mark.parametrize("hint", HINTS)
def test_no_hint_names_a_host(reviewed: Inspector, hint: str) -> None:
    """That the browser would follow it is shown where it does: in Gecko and WebKit."""
    links = """() => [...document.querySelectorAll('link')].map(
        (link) => `${link.getAttribute('rel')} ${link.getAttribute('href')}`)"""
    before = reviewed.page.evaluate(links)
    reviewed.page.evaluate(
        "url => { try { (HINT)(url); } catch (error) { if (!(error instanceof TypeError)) throw error; } }".replace(
            "HINT", HINTS[hint]
        ),
        f"http://{SECRET}.example/",
    )
    assert not [link for link in reviewed.page.evaluate(links) if SECRET in link]
    assert set(reviewed.page.evaluate(links)) == set(before)


def test_probes_of_the_lock_leave_no_realm_to_reach(reviewed: Inspector) -> None:
    reached = reviewed.page.evaluate("""async () => {
        const probing = window.inspector.probe();
        const frames = [...document.querySelectorAll('iframe')].map((frame) => frame.contentWindow);
        const reached = frames.filter((frame) => { try { return frame.RTCPeerConnection; } catch { return false; } });
        await probing;
        return [frames.length > 0, reached.length];
    }""")
    assert reached == [True, 0]


# What a hostile script would put in the place of whatever the guards might call; each is taken back afterwards.
FORGE = """url => {
    const fakes = [
        [Map.prototype, 'get', () => undefined],
        [String.prototype, 'toLowerCase', () => 'p'],
        [String.prototype, 'replace', () => 'p'],
        [String.prototype, 'slice', () => '#'],
        [String.prototype, 'lastIndexOf', () => 99],
        [Function.prototype, 'call', () => undefined],
        [Function.prototype, 'apply', () => undefined],
        [Reflect, 'apply', () => undefined],
        [Element.prototype, 'getAttribute', () => '#'],
        [Event.prototype, 'preventDefault', () => {}],
        [NavigateEvent.prototype, 'userInitiated', true],
        [Element.prototype, 'localName', 'p'],
        [Node.prototype, 'nodeType', 3],
    ];
    const made = [];
    const attempt = (what) => { try { what(); } catch {} };
    for (const [owner, property, value] of fakes) {
        const descriptor = Object.getOwnPropertyDescriptor(owner, property);
        Object.defineProperty(owner, property, { value, configurable: true, writable: true });
        attempt(() => made.push([property, document.createElement('iframe')]));
        const link = document.createElement('a');
        link.href = url;
        link.target = '_blank';
        attempt(() => HTMLElement.prototype.click.call(Object.setPrototypeOf(link, HTMLElement.prototype)));
        attempt(() => link.click());
        const event = new MouseEvent('click', { bubbles: true, cancelable: true });
        attempt(() => link.dispatchEvent(Object.setPrototypeOf(event, Event.prototype)));
        attempt(() => { location.href = url; });
        Object.defineProperty(owner, property, descriptor);
    }
    return made.map(([property]) => property);
}"""


def test_guards_do_not_rest_on_what_a_script_can_replace(inspector: Inspector, stranger: Server) -> None:
    before = len(stranger.requests)
    address = inspector.page.url
    made = inspector.page.evaluate(FORGE, f"{stranger.origin}/leak/forgery/{SECRET}")
    inspector.page.wait_for_timeout(400)
    context = inspector.page.context
    assert (made, inspector.page.url, len(context.pages), len(stranger.requests)) == ([], address, 1, before)


def test_what_no_policy_covers_is_gone(inspector: Inspector) -> None:
    page = inspector.page
    assert page.evaluate("typeof window.open") == "undefined"
    assert page.evaluate("typeof navigator.credentials") == "undefined"
    assert (
        page.evaluate("() => { document.cookie = 'secret=1; max-age=99'; return typeof cookieStore; }") == "undefined"
    )
    assert page.context.cookies() == []


# Each leads the page, or a file of it, to another address; the last is the page's own way of saving a report.
DEPARTURES = {
    "location": "url => { location.href = url; }",
    "link": "url => Object.assign(document.createElement('a'), { href: url }).click()",
    "download": "url => Object.assign(document.createElement('a'), { href: url, download: 'x' }).click()",
    "refresh": """url => {
        const meta = Object.assign(document.createElement('meta'), { httpEquiv: 'refresh', content: `0;url=${url}` });
        document.head.append(meta);
    }""",
    "link to a new tab": """url => {
        const link = Object.assign(document.createElement('a'), { href: url, target: '_blank', rel: 'opener' });
        document.body.append(link);
        link.click();
        link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
        const within = link.appendChild(document.createElement('b'));
        within.click();
        link.remove();
    }""",
    "area of a new tab": """url => {
        const area = document.createElement('area');
        area.setAttribute('href', url);
        area.target = '_blank';
        area.click();
    }""",
    "reload": "() => location.reload()",
}


@pytest.mark.parametrize("departure", DEPARTURES)
def test_page_is_not_led_away(
    inspector: Inspector, site: Server, stranger: Server, sample: Path, departure: str
) -> None:
    inspector.review(sample)
    address = inspector.page.url
    before = len(site.requests), len(stranger.requests)
    inspector.page.evaluate(DEPARTURES[departure], f"{stranger.origin}/leak/{departure}/{SECRET}")
    inspector.page.wait_for_timeout(500)
    assert (len(site.requests), len(stranger.requests)) == before
    assert (inspector.page.url, inspector.state) == (address, "done")
    assert len(inspector.page.context.pages) == 1


# Each would give a script a document of its own, in which all that the page has taken away is there anew.
REALMS = {
    "createElement": "name => document.createElement(name)",
    "capitals": "name => document.createElement(name.toUpperCase())",
    "a name that changes": """name => {
        let asked = 0;
        return document.createElement({ toString: () => (asked++ ? name : 'p') });
    }""",
    "createElementNS": "name => document.createElementNS('http://www.w3.org/1999/xhtml', name)",
    "a prefix": "name => document.createElementNS('http://www.w3.org/1999/xhtml', `x:${name}`)",
    "another document": "name => document.implementation.createHTMLDocument('x').createElement(name)",
    "the prototype": "name => Document.prototype.createElement.call(document, name)",
    "markup": "name => { document.body.innerHTML = `<${name}></${name}>`; }",
    "a fragment": "name => document.createRange().createContextualFragment(`<${name}></${name}>`)",
    "a parser": "name => new DOMParser().parseFromString(`<${name}></${name}>`, 'text/html')",
    "a class": "name => customElements.define('x-frame', class extends HTMLIFrameElement {}, { extends: name })",
    "a transformation": "name => new XSLTProcessor()",
    "a window": "name => open('about:blank')",
}


@pytest.mark.parametrize("realm", REALMS)
def test_no_fresh_realm_can_be_had(reviewed: Inspector, realm: str) -> None:
    made = reviewed.page.evaluate(
        """async (name) => {
            try {
                const made = await MAKE(name);
                if (made instanceof Node) document.body.append(made);
            } catch (error) {
                if (!(error instanceof TypeError)) throw error;
            }
            return window.length + document.querySelectorAll('iframe, frame, object, embed').length;
        }""".replace("MAKE", f"({REALMS[realm]})"),
        "iframe",
    )
    assert made == 0


def test_places_within_the_page_can_be_named(inspector: Inspector) -> None:
    page = inspector.page
    page.evaluate("() => { location.hash = 'first'; }")
    page.evaluate("() => history.replaceState(null, '', '#second')")
    assert page.url.endswith("/#second")
    page.evaluate("secret => history.pushState(null, '', `/${secret}`)", SECRET)  # a reload would ask the site for it
    assert page.url.endswith("/#second")


def test_what_is_in_memory_can_still_be_saved(inspector: Inspector) -> None:
    save = """() => {
        const href = URL.createObjectURL(new Blob(['report']));
        Object.assign(document.createElement('a'), { href, download: 'report.txt' }).click();
    }"""
    with inspector.page.expect_download() as saved:
        inspector.page.evaluate(save)
    assert saved.value.suggested_filename == "report.txt"


EARLY = payload(
    "early.zip",
    zip_bytes(
        {
            "a.dcm": dicom_bytes(
                data_set(
                    SOPClassUID=CTImageStorage,
                    SOPInstanceUID=uid("early"),
                    PatientName="Sample^Early",
                    PatientID="E-1",
                )
            )
        }
    ),
)


def hold(_: Route) -> None:
    """Leave a request without an answer, until `page.unroute` lets go of it."""


def assert_early_is_reviewed(inspector: Inspector) -> None:
    inspector.wait_for("done")
    report = inspector.report()
    assert report["archive"]["name"] == "early.zip"
    assert report["patients"][0]["patient_id"] == "E-1"


def test_network_is_given_up_while_the_largest_file_arrives(page: Page, sample: Path) -> None:
    with serve_withheld(dist_directory(), "snapshot.gz") as (site, give_the_rest):
        inspector = Inspector(page, site).open()
        page.wait_for_selector("meta[content*=\"connect-src 'none'\"]", state="attached")
        while not page.workers:
            page.wait_for_timeout(20)
        asked = len(site.requests)
        refused = "url => fetch(url).then(() => 'answered', () => 'refused')"
        for realm in (page, *page.workers):
            assert realm.evaluate(refused, f"{site.origin}/index.html") == "refused"
        inspector.choose(sample)
        assert (len(site.requests), inspector.state) == (asked, "booting")
        give_the_rest()
        inspector.wait_for("done")
        assert inspector.report()["verdict"] == "identified"
        assert len(site.requests) == asked


def test_a_page_whose_network_is_not_locked_takes_no_file(browser: Browser, sample: Path, tmp_path: Path) -> None:
    """The same page with a second policy that refuses nothing: it finds out, and says what was not refused."""
    copy = tmp_path / "dist"
    shutil.copytree(dist_directory(), copy)
    script = copy / "app.js"
    text = script.read_text("utf-8")
    assert text.count("connect-src 'none'") == 1
    script.write_text(text.replace("connect-src 'none'", "connect-src 'self' ws:"), "utf-8")
    context = browser.new_context()
    with serve(copy) as site:
        inspector = Inspector(context.new_page(), site).open()
        inspector.choose(sample)  # dropped early, and never read
        inspector.wait_for("error")
        assert "did not lock the network" in inspector.error
        assert "fetch from page" in inspector.error
        inspector.choose(sample)
        report = "window.inspector.report({ values: true }).then(() => 'given', () => 'refused')"
        assert inspector.page.evaluate(report) == "refused"
        assert inspector.state == "error"
    context.close()


SLOW_WORD = """
const { addEventListener } = EventTarget.prototype;
EventTarget.prototype.addEventListener = function (type, listener, ...more) {
  const late = type === 'securitypolicyviolation' ? (event) => setTimeout(listener, 4000, event) : listener;
  return addEventListener.call(this, type, late, ...more);
};
"""


def test_a_browser_that_is_slow_to_say_what_it_refused_is_waited_for(page: Page, site: Server, sample: Path) -> None:
    page.add_init_script(SLOW_WORD)
    assert Inspector(page, site).open_ready().review(sample)["verdict"] == "identified"


def test_file_chosen_while_the_page_boots_is_kept_and_reviewed(page: Page, site: Server) -> None:
    inspector = Inspector(page, site)
    page.route("**/runtime/*", hold)  # so that the boot cannot end before the file was chosen
    inspector.open()
    page.wait_for_function("() => window.inspector")
    inspector.choose(EARLY)
    assert inspector.state == "booting"
    expect(page.get_by_text("early.zip is waiting")).to_be_visible()
    page.unroute("**/runtime/*")  # lets go of what was held
    assert_early_is_reviewed(inspector)


def test_file_chosen_before_the_script_has_run_is_kept_and_reviewed(page: Page, site: Server) -> None:
    inspector = Inspector(page, site)
    page.route("**/app.js", hold)
    inspector.open()
    inspector.choose(EARLY)
    page.unroute("**/app.js")
    assert_early_is_reviewed(inspector)


def test_browser_sent_nothing_after_the_lock(
    playwright: Playwright, site: Server, stranger: Server, sample: Path, tmp_path: Path
) -> None:
    """The browser's own log of its network stack, which no page can keep anything out of."""
    log = tmp_path / "netlog.json"
    before = len(site.requests)
    with launch(playwright, f"--log-net-log={log}") as browser:
        context = browser.new_context()
        inspector = Inspector(context.new_page(), site).open_ready()
        answered = len(site.requests)
        inspector.review(sample)
        inspector.page.evaluate(CHANNELS, {"base": stranger.origin, "secret": SECRET})
        inspector.page.evaluate(CHANNELS, {"base": site.origin, "secret": SECRET})
        context.close()
    assert len(site.requests) == answered
    requests = _requests(json.loads(log.read_text()))
    of_the_page = [
        url
        for initiator, url in requests
        # Chromium asks its maker for updates; those requests are of no page.
        if initiator == site.origin or url.startswith((site.origin, stranger.origin))
    ]
    # Some are asked for twice, and come out of the browser's cache then.
    loaded = {site.origin + request.path for request in site.requests[before:]}
    assert set(of_the_page) == loaded, "the log does not show what the page loaded"
    assert [url for url in of_the_page if "leak" in url or not url.startswith(site.origin)] == []


def _requests(log: dict[str, Any]) -> list[tuple[str, str]]:
    """Return initiator and address of all requests in a NetLog that went to the network stack."""
    constants = log["constants"]
    kinds = {constants["logEventTypes"]["URL_REQUEST_START_JOB"]}
    begin = constants["logEventPhase"]["PHASE_BEGIN"]
    events = [event["params"] for event in log["events"] if event["type"] in kinds and event["phase"] == begin]
    return [(params.get("initiator", ""), params["url"]) for params in events]
