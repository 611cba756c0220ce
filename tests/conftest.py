"""What all tests share."""

from __future__ import annotations

import pytest

from tests.builders import zip_bytes


@pytest.fixture(scope="session")
def sample_zip() -> bytes:
    """The bytes of the sample."""
    from tests.sample import sample_entries  # needs NumPy, which most tests do without

    return zip_bytes(sample_entries())
