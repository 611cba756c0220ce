"""The list of rules in the documentation is true: all that exist, no others, with their severities and tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from pycore.findings import Severity
from pycore.standard import carrier_rows, outside_rows, text_pattern_rows
from tests.measure import reviewed
from tests.planted import clean_archives, planted_archives

pytestmark = [pytest.mark.native, pytest.mark.filterwarnings("ignore::UserWarning:pydicom")]

ROOT = Path(__file__).parent.parent


class Row(NamedTuple):
    """A line of the documentation."""

    rule: str
    says: str
    clause: str
    severities: frozenset[str]
    test: str


def documented() -> dict[str, Row]:
    """The rules of docs/rules.md, by name; a rule may stand there once."""
    lines = (ROOT / "docs" / "rules.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    rows = [
        Row(rule.strip("`"), says, clause, frozenset(severities.split(", ")), test.strip("`"))
        for rule, says, clause, severities, test in cells
    ]
    assert len({row.rule for row in rows}) == len(rows)
    return {row.rule: row for row in rows}


def strings() -> set[str]:
    """All strings in the core's code."""
    trees = [ast.parse(path.read_text("utf-8")) for path in (ROOT / "pycore").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def flagged() -> set[str]:
    """The rules that the code names where it makes a flag."""
    found = set()
    for path in (ROOT / "pycore").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                position = {"Flag": 0, "_Rule": 0, "_Kind": 0, "_contradict": 1}.get(node.func.id)
                first = node.args[position] if position is not None else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def in_data() -> set[str]:
    """The rules that the data name."""
    rows = (*outside_rows().values(), *text_pattern_rows(), *carrier_rows().values())
    return {row.rule for row in rows if row.rule}


_FAMILIES = re.compile(r"(?:claim|carrier|private|echo|text|preamble|trailing|burned-in|recognizable)-[a-z-]+")


def test_every_rule_of_code_and_data_is_documented() -> None:
    by_name = {text for text in strings() if _FAMILIES.fullmatch(text)}
    assert len(flagged()) > 30
    assert (flagged() | in_data() | by_name) - documented().keys() == set()


def test_every_documented_rule_exists() -> None:
    assert documented().keys() - (strings() | in_data()) == set()


def test_every_documented_rule_says_where_it_is_written_how_grave_it_is_and_what_holds_it() -> None:
    for row in documented().values():
        file, _, test = row.test.partition("::")
        held = f"def {test}(" in (ROOT / file).read_text("utf-8")
        assert row.says and row.clause and held and row.severities <= set(Severity), row


def test_rules_are_as_grave_as_documented() -> None:
    rows = documented()
    for archive in (*planted_archives(), *clean_archives()):
        for finding in reviewed(archive).findings:
            assert finding.flag.severity in rows[finding.flag.rule].severities, finding.flag
    for row in text_pattern_rows():
        assert row.severity in rows[row.rule].severities
    for outside in outside_rows().values():
        assert outside.severity is None or outside.severity in rows[outside.rule].severities
