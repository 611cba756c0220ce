"""Presentation states: what they show, and every text and figure that they draw on it (PS3.3 §C.10.5, §C.11.9 ff.)."""

from __future__ import annotations

from pycore.documents.blocks import Block, Heading, Run, Runs, fields, plain, table
from pycore.documents.data_set import DataSet, spaced
from pycore.documents.references import instance_runs


def read_presentation_state(data_set: DataSet) -> tuple[Block, ...]:
    """Return label and creator, what it applies to, its windows and shutters, its layers, texts and figures."""
    if "PresentationCreationDate" not in data_set and "GraphicAnnotationSequence" not in data_set:
        return ()
    images = [
        (instance_runs(image),)
        for series in data_set.items("ReferencedSeriesSequence")
        for image in series.items("ReferencedImageSequence")
    ]
    annotations = data_set.items("GraphicAnnotationSequence")
    texts = [row for annotation in annotations for row in _texts(annotation)]
    figures = [row for annotation in annotations for row in _figures(annotation)]
    return (
        *fields(
            [
                ("Label", data_set.runs("ContentLabel")),
                ("Description", (data_set.run("ContentDescription"),)),
                ("Creator", (data_set.run("ContentCreatorName"),)),
                ("Created", data_set.runs("PresentationCreationDate", "PresentationCreationTime")),
                *(("Window", _window(item)) for item in data_set.items("SoftcopyVOILUTSequence")[:20]),
                ("Shutter", data_set.runs("ShutterShape")),
                ("Turned", _turned(data_set)),
                *(
                    ("Layer", item.runs("GraphicLayer", "GraphicLayerDescription"))
                    for item in data_set.items("GraphicLayerSequence")
                ),
            ]
        ),
        *((Heading(plain(f"Texts: {len(texts):,}")),) if texts else ()),
        *table(("Text", "Where", "Layer", "On"), texts, "texts"),
        *((Heading(plain(f"Figures: {len(figures):,}")),) if figures else ()),
        *table(("Figure", "Points", "Layer", "On"), figures, "figures"),
        *((Heading(plain(f"Shows: {len(images):,}")),) if images else ()),
        *table(("Image",), images, "images"),
    )


def _texts(annotation: DataSet) -> list[tuple[Runs, ...]]:
    rows: list[tuple[Runs, ...]] = []
    for text in annotation.items("TextObjectSequence"):
        anchor = text.numbers("AnchorPoint") or text.numbers("BoundingBoxTopLeftHandCorner")
        unit = text.text("AnchorPointAnnotationUnits") or text.text("BoundingBoxAnnotationUnits")
        where = f"{', '.join(f'{one:g}' for one in anchor)} {unit.lower()}" if anchor else ""
        rows.append(((text.run("UnformattedTextValue"),), plain(where), *_place(annotation)))
    return rows


def _figures(annotation: DataSet) -> list[tuple[Runs, ...]]:
    rows: list[tuple[Runs, ...]] = []
    for figure in [*annotation.items("GraphicObjectSequence"), *annotation.items("CompoundGraphicSequence")]:
        kind = figure.text("GraphicType") or figure.text("CompoundGraphicType")
        filled = ", filled" if figure.text("GraphicFilled") == "Y" else ""
        text = figure.run("UnformattedTextValue")
        points = figure.text("NumberOfGraphicPoints") or (f"{len(figure.numbers('GraphicData')) // 2:,}")
        rows.append((spaced((Run(kind.lower() + filled), text)), plain(points), *_place(annotation)))
    return rows


def _place(annotation: DataSet) -> tuple[Runs, Runs]:
    images = annotation.items("ReferencedImageSequence")
    return annotation.runs("GraphicLayer"), instance_runs(images[0]) if images else plain("all images")


def _window(item: DataSet) -> Runs:
    words = (
        f"W {item.text('WindowWidth')} L {item.text('WindowCenter')}" if "WindowCenter" in item else "table of values"
    )
    return spaced((Run(words), item.run("WindowCenterWidthExplanation")))


def _turned(data_set: DataSet) -> Runs:
    rotation = data_set.integer("ImageRotation")
    flipped = data_set.text("ImageHorizontalFlip") == "Y"
    parts = ([f"{rotation}° clockwise"] if rotation else []) + (["mirrored"] if flipped else [])
    return plain(", ".join(parts))
