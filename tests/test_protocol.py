"""Page and worker speak of the same messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pycore.protocol import MESSAGES, TYPES

pytestmark = pytest.mark.native  # compares with a file of the shell, which the browser's Python does not have

TWIN = Path(__file__).parent.parent / "web" / "protocol.js"


def test_types_are_told_apart() -> None:
    assert len(TYPES) == len(MESSAGES)


def test_the_twin_has_the_same_table() -> None:
    rows = re.findall(
        r"message\('(\w+)', \[(.*?)\], \[(.*?)\](?:, \{\s*(.*?),?\s*\})?\)", TWIN.read_text("utf-8"), re.DOTALL
    )
    table = []
    for type_name, payload, value, beside in rows:
        more = dict(re.findall(r"(\w+): '(.*?)'", beside))
        table.append((type_name, _words(payload), _words(value), more.get("takes", ""), more.get("gives", "")))
    assert table == [(one.type, one.payload, one.value, one.takes, one.gives) for one in MESSAGES]


def _words(text: str) -> tuple[str, ...]:
    return tuple(re.findall(r"'(\w+)'", text))
