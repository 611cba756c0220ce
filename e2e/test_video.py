"""Videos are played by the browser where it can, and named where it cannot; nothing is asked of the network for it."""

from __future__ import annotations

import base64
import re

import pytest
from playwright.sync_api import Error, Page

from e2e.browser import Inspector, payload
from tests.builders import zip_bytes
from tests.test_video import video

RECORD = """async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 48 });
    const context = canvas.getContext('2d');
    const types = ['video/mp4;codecs=avc1.42E01E', 'video/mp4;codecs=vp9', 'video/webm;codecs=vp8'];
    const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type));
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType });
    const parts = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    for (let step = 0; step < 12; step++) {
        context.fillStyle = `rgb(${step * 20}, 80, 120)`;
        context.fillRect(0, 0, 64, 48);
        await new Promise((resolve) => setTimeout(resolve, 40));
    }
    recorder.stop();
    await stopped;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return [mimeType, btoa(String.fromCharCode(...bytes))];
}"""
"""Has Chromium itself write a short film, in the first container and coding that it can."""


@pytest.fixture
def film(page: Page) -> bytes:
    page.goto("about:blank")
    mime, encoded = page.evaluate(RECORD)
    if not mime.startswith("video/mp4"):
        raise AssertionError(f"this Chromium records {mime} only, which DICOM does not know")
    return base64.b64decode(encoded)


def test_a_video_that_the_browser_knows_is_played_from_memory(film: bytes, inspector: Inspector) -> None:
    inspector.review(payload("video.zip", zip_bytes({"film.dcm": video(film), "other.dcm": video(b"\0\0\1\xba" * 99)})))
    inspector.page.evaluate("window.inspector.show({ entry: 'film.dcm' })")
    player = inspector.page.locator("#picture-stage video")
    size = player.evaluate("video => [video.videoWidth, video.videoHeight, video.readyState >= 2, video.src]")
    assert size[:3] == [64, 48, True]
    assert size[3].startswith("blob:")
    assert inspector.page.locator("canvas#image").is_hidden()
    with pytest.raises(Error, match="MPEG-2 program stream"):
        inspector.page.evaluate("window.inspector.show({ entry: 'other.dcm' })")
    assert player.count() == 0


def test_a_video_that_the_browser_does_not_know_is_named_with_what_to_do(inspector: Inspector) -> None:
    inspector.review(payload("video.zip", zip_bytes({"ts.dcm": video((b"\x47" + bytes(187)) * 9)})))
    with pytest.raises(Error, match="an MPEG-2 transport stream"):
        inspector.page.evaluate("window.inspector.show({ entry: 'ts.dcm' })")
    words = inspector.page.inner_text("#picture-words")
    assert re.search(r"cannot play .* another program", words), words
