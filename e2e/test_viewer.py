"""What a reviewer does with a picture: windows, walks, zooms, moves, turns, plays; by mouse, keys and fingers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, CDPSession, Error, Locator, expect
from pydicom import Dataset
from pydicom.uid import (
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    UltrasoundImageStorage,
)

from e2e.browser import Inspector, payload
from e2e.conftest import fresh_page
from e2e.server import Server
from tests.builders import data_set, dicom_bytes, uid, zip_bytes

SLICES = 5
FRAMES = 150
FRAME_MS = 20
MULTI_FRAME = MultiFrameGrayscaleByteSecondaryCaptureImageStorage


def image(series: str, number: int, sop_class: str, pixels: NDArray[np.generic], **more: object) -> Dataset:
    """Return an image: grey with one frame or several, or RGB with one."""
    colour = pixels.shape[-1] == 3
    rows, columns = pixels.shape[-3:-1] if colour else pixels.shape[-2:]
    bits = pixels.dtype.itemsize * 8
    attributes: dict[str, object] = {
        "SOPClassUID": sop_class,
        "SOPInstanceUID": uid("viewer", series, number),
        "StudyInstanceUID": uid("viewer"),
        "SeriesInstanceUID": uid("viewer", series),
        "SeriesNumber": "7",
        "SeriesDescription": f"Series of {series}",
        "Modality": {"ct": "CT", "us": "US", "film": "DX"}.get(series, "OT"),
        "InstanceNumber": str(number),
        "StudyDate": "20240115",
        "StudyTime": "143000",
        "PatientName": "Viewer^Vera",
        "PatientID": "V-4711",
        "SamplesPerPixel": 3 if colour else 1,
        "PhotometricInterpretation": "RGB" if colour else "MONOCHROME2",
        "Rows": rows,
        "Columns": columns,
        "BitsAllocated": bits,
        "BitsStored": bits,
        "HighBit": bits - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "PixelData": pixels.tobytes(),
    }
    return data_set(**attributes, **({"PlanarConfiguration": 0} if colour else {}), **more)


def ct(number: int) -> Dataset:
    """A ramp from −1,000 to 1,000 Hounsfield units, left to right; an oblique plane, 0.5 mm a pixel."""
    return image(
        "ct",
        number,
        CTImageStorage,
        np.tile(np.linspace(-1000, 1000, 100).astype("<i2"), (80, 1)),
        RescaleIntercept="0",
        RescaleSlope="1",
        RescaleType="HU",
        WindowCenter="40",
        WindowWidth="400",
        PixelSpacing=["0.5", "0.5"],
        ImageOrientationPatient=["0.866025", "0.5", "0", "0", "0", "-1"],
        ImagePositionPatient=["0", "0", str(number)],
        SliceThickness="2.5",
    )


def film() -> Dataset:
    """Pixels four times as high as wide; a shutter leaves columns 11 to 49 and rows 11 to 29."""
    return image(
        "film",
        1,
        DigitalXRayImageStorageForPresentation,
        np.tile(np.arange(60, dtype="<u2"), (40, 1)) + 1000,
        PatientOrientation=["L", "F"],
        ImagerPixelSpacing=["0.4", "0.1"],
        ShutterShape="RECTANGULAR",
        ShutterLeftVerticalEdge="10",
        ShutterRightVerticalEdge="50",
        ShutterUpperHorizontalEdge="10",
        ShutterLowerHorizontalEdge="30",
    )


def covered() -> Dataset:
    """Its upper left quarter lies under an overlay."""
    dataset = image("overlay", 1, MULTI_FRAME, np.zeros((16, 16), np.uint8))
    bits = np.zeros((16, 16), np.uint8)
    bits[:8, :8] = 1
    elements: tuple[tuple[int, str, object], ...] = (
        (0x0010, "US", 16),
        (0x0011, "US", 16),
        (0x0040, "CS", "G"),
        (0x0050, "SS", [1, 1]),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
        (0x1500, "LO", "Arrow"),
        (0x3000, "OW", np.packbits(bits, axis=None, bitorder="little").tobytes()),
    )
    for element, vr, value in elements:
        dataset.add_new(0x6000_0000 | element, vr, value)
    return dataset


def moving() -> Dataset:
    """Frames of one grey each, the first one black."""
    frames = np.broadcast_to(np.arange(FRAMES, dtype=np.uint8)[:, None, None], (FRAMES, 64, 64))
    return image(
        "moving",
        1,
        MULTI_FRAME,
        np.ascontiguousarray(frames),
        NumberOfFrames=str(FRAMES),
        FrameTime=str(FRAME_MS),
        FrameIncrementPointer=0x0018_1063,
    )


def broken() -> Dataset:
    dataset = image("broken", 2, MULTI_FRAME, np.zeros((8, 8), np.uint8))
    del dataset.Rows
    return dataset


@pytest.fixture(scope="module")
def viewed(browser: Browser, site: Server) -> Iterator[Inspector]:
    colour = np.zeros((30, 50, 3), np.uint8)
    colour[:, :, 1] = 200
    objects = {
        **{f"ct/{number}": ct(number) for number in range(1, SLICES + 1)},
        **{f"broken/{number}": image("broken", number, MULTI_FRAME, np.zeros((8, 8), np.uint8)) for number in (1, 3)},
        "broken/2": broken(),
        "film": film(),
        "overlay": covered(),
        "moving": moving(),
        "colour": image("us", 1, UltrasoundImageStorage, colour),
    }
    data = zip_bytes({name: dicom_bytes(dataset) for name, dataset in objects.items()})
    with fresh_page(browser) as page:
        inspector = Inspector(page, site).open_ready()
        inspector.review(payload("viewer.zip", data))
        yield inspector


@pytest.fixture
def at(viewed: Inspector) -> Iterator[Viewer]:
    viewer = Viewer(viewed)
    yield viewer
    viewer.press("Escape", "0")


class Viewer:
    """The picture pane, as a hand and an eye have it."""

    def __init__(self, inspector: Inspector) -> None:
        self.inspector, self.page = inspector, inspector.page

    def show(self, name: str, frame: int = 0) -> Viewer:
        self.inspector.show(name, frame)
        self.stage.focus()
        return self

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
        self.drawn()

    @property
    def stage(self) -> Locator:
        return self.page.locator("#picture-stage")

    @property
    def image(self) -> Locator:
        return self.page.locator("canvas#image")

    def corner(self, name: str) -> Locator:
        return self.page.locator(f".corner.{name.replace(' ', '.')}")

    def letters(self) -> list[str]:
        return [self.page.locator(f".edge.{edge}").inner_text() for edge in ("top", "right", "bottom", "left")]

    def box(self) -> dict[str, float]:
        box = self.stage.bounding_box()
        assert box is not None
        return dict(box)

    def middle(self) -> tuple[float, float]:
        """Whole pixels: a wheel knows no others."""
        box = self.box()
        return round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2)

    def matrix(self) -> list[float]:
        """From image to stage, as the canvas has it."""
        text = self.image.evaluate("canvas => canvas.style.transform")
        return [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", text)]

    def under(self, x: float, y: float) -> tuple[float, float]:
        """Column and row of the image at a place of the page."""
        a, b, c, d, e, f = self.matrix()
        box = self.box()
        u, v = x - box["x"] - e, y - box["y"] - f
        return (d * u - c * v) / (a * d - b * c), (a * v - b * u) / (a * d - b * c)

    def drag(self, dx: float, dy: float, button: str = "left") -> None:
        x, y = self.middle()
        self.page.mouse.move(x, y)
        self.page.mouse.down(button=button)  # type: ignore[arg-type]
        self.page.mouse.move(x + dx / 2, y + dy / 2)
        self.page.mouse.move(x + dx, y + dy)
        self.page.mouse.up(button=button)  # type: ignore[arg-type]
        self.drawn()

    def drawn(self) -> None:
        """Wait until nothing is left to draw."""
        expect(self.stage).not_to_have_class(re.compile("busy"))

    def window(self) -> tuple[float, float]:
        """Width and level, as the corner says them."""
        found = re.search(r"W ([−\d.]+)\s+L ([−\d.]+)", self.corner("top left").inner_text())
        assert found
        width, level = (float(number.replace("−", "-")) for number in found.groups())
        return width, level

    def pixel(self, column: int, row: int) -> list[int]:
        return self.image.evaluate(
            "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data]", [column, row]
        )

    def watch(self, milliseconds: int) -> list[list[float]]:
        """Return time and position at every repaint."""
        return self.page.evaluate(
            """milliseconds => new Promise(resolve => {
                const slider = document.querySelector('.frames');
                const seen = [];
                const began = performance.now();
                const look = () => {
                    seen.push([performance.now() - began, Number(slider.value)]);
                    if (performance.now() - began < milliseconds) requestAnimationFrame(look);
                    else resolve(seen);
                };
                look();
            })""",
            milliseconds,
        )

    def shown(self, image: int, images: int = SLICES) -> None:
        """Wait until that image of the series is shown."""
        expect(self.corner("bottom left")).to_contain_text(re.compile(rf"Image {image} / {images}(?!\d)"))


def test_dragging_right_widens_the_window_and_down_raises_the_level(at: Viewer) -> None:
    at.show("ct/1")
    assert at.window() == (400, 40)
    grey = at.pixel(50, 40)
    at.drag(60, 0)
    width, level = at.window()
    assert width > 450
    assert level == 40
    at.drag(0, 60)
    assert at.window()[1] > 60
    assert at.window()[0] == width
    assert at.pixel(50, 40) != grey
    at.drag(-90, -90)
    assert at.window()[0] < width
    expect(at.page.locator(".window-row select option:checked")).to_contain_text("By hand")


def test_keys_choose_the_presets_of_the_menu(at: Viewer) -> None:
    at.show("ct/1")
    menu = at.page.locator(".window-row select")
    lung = menu.locator("option").filter(has_text="Lung").first.inner_text()
    at.press(lung[0])
    expect(at.corner("top left")).to_contain_text(re.compile(r"W 1500\s+L −600 HU"))
    expect(menu.locator("option:checked")).to_have_text(lung)
    menu.select_option(label=menu.locator("option").filter(has_text="Brain").inner_text())
    expect(at.corner("top left")).to_contain_text(re.compile(r"W 80\s+L 40 HU"))
    at.stage.focus()
    at.press("0")
    expect(at.corner("top left")).to_contain_text(re.compile(r"W 400\s+L 40 HU"))
    assert menu.input_value() == "own"


def test_a_window_stays_through_the_series_and_not_beyond_it(at: Viewer) -> None:
    at.show("ct/1")
    at.press("Shift+ArrowRight", "Shift+ArrowUp")
    window = at.window()
    at.press("ArrowDown")
    at.shown(2)
    assert at.window() == window
    at.press("PageDown")
    at.press("PageUp")
    at.shown(1)
    assert at.window() == (400, 40)


def test_the_wheel_and_the_keys_walk_through_images_in_order(at: Viewer) -> None:
    at.show("ct/1")
    at.page.mouse.move(*at.middle())
    at.page.mouse.wheel(0, 100)
    at.shown(2)
    at.page.mouse.wheel(0, 100)
    at.shown(3)
    expect(at.page.locator("#picture-title")).to_have_text("ct/3")
    at.page.mouse.wheel(0, -100)
    at.shown(2)
    for key, image in (("ArrowRight", 3), ("ArrowLeft", 2), ("End", SLICES), ("]", SLICES), ("Home", 1), ("[", 1)):
        at.press(key)
        at.shown(image)
    at.show("moving", 5)
    at.press("ArrowDown")
    at.shown(7, FRAMES)
    assert at.pixel(3, 3) == [at.pixel(3, 3)[0]] * 3 + [255]


def test_the_rest_of_the_page_follows_the_walk(at: Viewer) -> None:
    at.show("ct/1")
    at.press("ArrowDown", "ArrowDown")
    at.shown(3)
    at.page.get_by_role("tab", name="Elements").click()
    expect(at.page.locator("#elements")).to_contain_text("ct/3")
    at.page.get_by_role("tab", name="Findings").click()


def test_the_slider_goes_to_any_image(at: Viewer) -> None:
    at.show("ct/1")
    at.page.locator(".frames").fill("3")
    at.shown(4)


def test_zooming_keeps_what_is_under_the_pointer(at: Viewer) -> None:
    at.show("ct/1")
    x, y = at.middle()
    x, y = x + 60, y - 40
    at.page.mouse.move(x, y)
    before, scale = at.under(x, y), at.matrix()[0]
    at.page.keyboard.down("Control")
    for _ in range(4):
        at.page.mouse.wheel(0, -100)
    at.page.keyboard.up("Control")
    expect(at.corner("bottom left")).not_to_contain_text(f"Zoom {scale * 100:.0f} %")
    assert at.matrix()[0] > 1.5 * scale
    assert at.under(x, y) == pytest.approx(before, abs=0.01)
    assert at.image.evaluate("canvas => [canvas.width, canvas.height]") == [100, 80]


def test_the_picture_is_moved_fitted_and_shown_in_its_own_size(at: Viewer) -> None:
    at.show("ct/1")
    fitted = at.matrix()
    at.drag(30, 20, button="right")
    assert at.matrix()[4:] == pytest.approx([fitted[4] + 30, fitted[5] + 20], abs=0.5)
    at.press("Control+ArrowRight")
    assert at.matrix()[4] < fitted[4] + 30
    at.press("a")
    assert at.matrix()[:4] == [1, 0, 0, 1]
    expect(at.corner("bottom left")).to_contain_text("Zoom 100 %")
    at.press("z")
    assert at.matrix() == pytest.approx(fitted)
    at.press("+", "+", "-")
    assert at.matrix()[0] == pytest.approx(fitted[0] * 1.25)


def test_letters_follow_rotation_and_mirroring(at: Viewer) -> None:
    at.show("ct/1")
    assert at.letters() == ["H", "LP", "F", "RA"]
    at.press("r")
    assert at.letters() == ["RA", "H", "LP", "F"]
    expect(at.corner("bottom left")).to_contain_text("Angle 90°")
    at.press("r", "r", "r")
    assert at.letters() == ["H", "LP", "F", "RA"]
    at.press("h")
    assert at.letters() == ["H", "RA", "F", "LP"]
    expect(at.corner("bottom left")).to_contain_text("mirrored")
    at.press("v")
    assert at.letters() == ["F", "RA", "H", "LP"]
    expect(at.corner("bottom left")).to_contain_text("Angle 180°")
    at.press("0")
    assert at.letters() == ["H", "LP", "F", "RA"]


def test_letters_come_from_geometry_or_from_patient_orientation_or_are_left_out(at: Viewer) -> None:
    assert at.show("film").letters() == ["H", "L", "F", "R"]
    assert at.show("colour").letters() == ["", "", "", ""]


def test_inverting_and_resetting(at: Viewer) -> None:
    at.show("ct/1")
    fitted = at.matrix()
    at.press("i", "r", "+")
    expect(at.image).to_have_css("filter", "invert(1)")
    expect(at.page.get_by_role("button", name="Invert")).to_have_attribute("aria-pressed", "true")
    at.page.get_by_role("button", name="Reset view").click()
    expect(at.image).to_have_css("filter", "none")
    assert at.matrix() == pytest.approx(fitted)


def test_pixels_are_shown_in_their_proportions(at: Viewer) -> None:
    at.show("film")
    a, b, c, d, *_ = at.matrix()
    assert (b, c) == (0, 0)
    assert d / a == pytest.approx(4)
    box = at.image.bounding_box()
    assert box is not None
    assert box["height"] / box["width"] == pytest.approx(4 * 40 / 60)


def test_the_scale_has_a_round_length_and_says_which_spacing_it_is_from(at: Viewer) -> None:
    at.show("ct/1")
    expect(at.corner("bottom right")).to_contain_text("Scale: Pixel Spacing")
    length = at.page.locator(".scale-length").inner_text()
    number, unit = length.split()
    height = at.page.locator(".scale-bar").evaluate("bar => bar.getBoundingClientRect().height")
    millimetres = height / at.matrix()[3] * 0.5
    assert millimetres == pytest.approx(float(number) * {"mm": 1, "cm": 10}[unit], rel=0.01)
    assert number in {"1", "2", "5", "10", "20"}
    at.show("film")
    expect(at.corner("bottom right")).to_contain_text("Scale: Imager Pixel Spacing, at the detector")
    at.show("colour")
    expect(at.page.locator(".scale")).to_be_hidden()


def test_the_corners_say_what_radiologists_look_for(at: Viewer) -> None:
    at.show("ct/2")
    for words in ("Image 100 × 80", "View ", "W 400"):
        expect(at.corner("top left")).to_contain_text(words)
    for words in ("Zoom ", "Angle 0°", "Image 2 / 5", "Uncompressed", "Thickness 2.5 mm", "Location "):
        expect(at.corner("bottom left")).to_contain_text(words)
    expect(at.corner("bottom right")).to_contain_text("2024-01-15 14:30:00")
    expect(at.corner("top right")).to_contain_text("Series 7")
    expect(at.corner("top right")).to_contain_text("Series of ct")


def test_the_value_under_the_pointer_is_in_hounsfield_units(at: Viewer) -> None:
    at.show("ct/1")
    x, y = at.middle()
    at.page.mouse.move(x + 30, y + 10)
    column, row = (int(place) for place in at.under(x + 30, y + 10))
    expect(at.corner("top left")).to_contain_text(f"X {column} Y {row}")
    value = int(np.linspace(-1000, 1000, 100).astype(int)[column])
    expect(at.corner("top left")).to_contain_text(re.compile(rf"[·] [−-]?{abs(value):,} HU"))
    box = at.box()
    at.page.mouse.move(box["x"] + 2, box["y"] + 2)
    expect(at.corner("top left")).not_to_contain_text("HU\nX")
    expect(at.corner("top left")).not_to_contain_text(f"X {column}")


def test_the_patient_is_masked_until_asked_for_and_whenever_identifiers_are_hidden(at: Viewer) -> None:
    at.show("ct/1")
    corner = at.corner("top right")
    expect(corner).not_to_contain_text("Vera")
    at.press("n")
    expect(corner).to_contain_text("Viewer Vera")
    expect(corner).to_contain_text("V-4711")
    at.page.check("#hide")
    expect(corner).not_to_contain_text("Vera")
    expect(corner).not_to_contain_text("Series of")
    expect(at.corner("bottom right")).not_to_contain_text("2024")
    at.page.uncheck("#hide")
    at.stage.focus()
    at.press("n")
    expect(corner).not_to_contain_text("Vera")


def test_text_can_be_put_away_and_gives_way_to_the_pointer(at: Viewer) -> None:
    at.show("ct/1")
    box = at.corner("top left").bounding_box()
    assert box is not None
    at.page.mouse.move(box["x"] + 5, box["y"] + 5)
    expect(at.corner("top left")).to_have_css("opacity", "0.08")
    at.page.mouse.move(*at.middle())
    expect(at.corner("top left")).to_have_css("opacity", "1")
    at.press("t")
    expect(at.page.locator(".corners")).to_be_hidden()
    at.press("t")
    expect(at.page.locator(".corners")).to_be_visible()


def test_an_overlay_lies_above_the_picture_until_it_is_switched_off(at: Viewer) -> None:
    at.show("overlay")
    layer = at.page.locator("canvas.layer")
    expect(layer).to_be_visible()
    covers = "canvas => [[2, 2], [12, 2]].map(([x, y]) => canvas.getContext('2d').getImageData(x, y, 1, 1).data[3])"
    assert layer.evaluate(covers) == [255, 0]
    assert layer.evaluate("canvas => canvas.style.transform") == at.image.evaluate("canvas => canvas.style.transform")
    expect(at.page.locator(".picture-notes")).to_contain_text("Arrow")
    at.press("g")
    expect(layer).to_be_hidden()
    at.press("g")
    expect(layer).to_be_visible()
    at.show("ct/1")
    expect(layer).to_have_count(0)


def test_a_shutter_is_said_and_can_be_opened(at: Viewer) -> None:
    at.show("film")
    switch = at.page.get_by_role("button", name="Shutter")
    expect(at.page.locator(".picture-notes")).to_contain_text("shutter")
    assert at.pixel(55, 20)[:3] == [0, 0, 0]
    switch.click()
    at.drawn()
    expect(at.page.locator(".picture-notes")).not_to_contain_text("shutter")
    expect(switch).to_have_attribute("aria-pressed", "false")
    assert at.pixel(55, 20)[:3] != [0, 0, 0]
    at.press("s")
    expect(switch).to_have_attribute("aria-pressed", "true")
    at.show("ct/1")
    expect(switch).to_be_hidden()


def test_150_frames_of_20_ms_play_in_3_seconds(at: Viewer) -> None:
    at.show("moving")
    at.page.keyboard.press("c")
    seen = at.watch(4000)
    expect(at.page.get_by_role("button", name="Pause")).to_be_visible()
    at.press(" ")
    expect(at.page.get_by_role("button", name="Play")).to_be_visible()
    # Frames are left out where the machine is slow; the time is kept. Of the first and the last change both are known.
    changes = [(time, after, after < before) for (_, before), (time, after) in pairwise(seen) if after != before]
    (begun, first, _), (ended, last, _) = changes[0], changes[-1]
    frames = last - first + 150 * sum(again for *_, again in changes[1:])
    assert 0.8 < frames * FRAME_MS / (ended - begun) < 1.25
    position = at.page.locator(".frames").input_value()
    at.page.wait_for_timeout(3 * FRAME_MS)
    assert at.page.locator(".frames").input_value() == position


def test_single_images_play_as_a_series(at: Viewer) -> None:
    at.show("ct/1")
    at.page.keyboard.press("c")
    positions = {position for _, position in at.watch(1500)}
    at.press("c")
    assert len(positions) > 2


def test_colour_has_no_window_and_dragging_moves_it(at: Viewer) -> None:
    at.show("colour")
    expect(at.page.locator(".window-row")).to_be_hidden()
    before = at.matrix()
    at.drag(20, 10)
    assert at.matrix()[4:] == pytest.approx([before[4] + 20, before[5] + 10], abs=0.5)


def test_the_picture_can_fill_the_page_and_gives_it_back(at: Viewer) -> None:
    at.show("ct/1")
    small = at.box()
    at.stage.dblclick()
    large = at.box()
    assert large["width"] == 1280
    assert large["height"] > small["height"]
    assert at.page.locator("#tree").evaluate("tree => tree.inert")
    at.press("ArrowDown")
    at.shown(2)
    at.press("Escape")
    assert at.box() == small
    assert not at.page.locator("#tree").evaluate("tree => tree.inert")
    at.press("Shift+F")
    expect(at.page.get_by_role("button", name="Full screen")).to_have_attribute("aria-pressed", "true")
    assert at.page.evaluate("document.fullscreenElement?.id") == "picture"
    at.press("f")
    expect(at.page.get_by_role("button", name="Full screen")).to_have_attribute("aria-pressed", "false")
    assert at.box() == small


def test_keys_mean_other_things_where_the_picture_has_no_focus(at: Viewer) -> None:
    at.show("ct/1")
    at.press("p")
    assert not at.stage.evaluate("stage => stage === document.activeElement")
    at.press("2")
    expect(at.page.get_by_role("tab", name="Values")).to_have_attribute("aria-selected", "true")
    at.press("1", "p")
    expect(at.stage).to_be_focused()
    at.press("2")
    expect(at.page.get_by_role("tab", name="Findings")).to_have_attribute("aria-selected", "true")
    at.press("?")
    expect(at.page.get_by_role("dialog")).to_contain_text("While the picture has the focus")
    at.press("Escape")


def test_what_cannot_be_drawn_can_be_walked_past(at: Viewer) -> None:
    with pytest.raises(Error, match="Rows"):
        at.inspector.show("broken/2")
    expect(at.page.locator("#picture-words")).to_contain_text("Rows")
    expect(at.page.locator(".frame-words")).to_have_text("2 / 3")
    at.page.get_by_role("button", name="Next image").click()
    at.shown(3, 3)
    at.stage.focus()
    at.press("ArrowUp", "ArrowUp")
    at.shown(1, 3)


def test_keys_work_in_the_enlarged_picture_wherever_it_was_clicked(at: Viewer) -> None:
    at.show("ct/1")
    at.press("f")
    at.page.locator(".caution").click()
    at.press("ArrowDown")
    at.shown(2)
    at.press("Escape")
    expect(at.page.locator("#picture")).not_to_have_class(re.compile("enlarged"))


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
    session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": fingers})


def test_one_finger_windows_and_two_zoom_and_move(at: Viewer) -> None:
    at.show("ct/1")
    session = at.page.context.new_cdp_session(at.page)
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    try:
        x, y = at.middle()
        touch(session, "Start", (x, y))
        for step in (20, 40, 60):
            touch(session, "Move", (x + step, y))
        touch(session, "End")
        at.drawn()
        assert at.window()[0] > 450

        window, before = at.window(), at.matrix()
        held = at.under(x, y)
        touch(session, "Start", (x - 30, y), (x + 30, y))
        for reach in (40, 50, 60):
            touch(session, "Move", (x - reach, y + 20), (x + reach, y + 20))
        touch(session, "End")
        assert at.matrix()[0] == pytest.approx(2 * before[0], rel=0.05)
        assert at.under(x, y + 20) == pytest.approx(held, abs=2)
        assert at.window() == window
    finally:
        session.send("Emulation.setTouchEmulationEnabled", {"enabled": False})
        session.detach()
