"""Names of files as people and pipelines write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.base.errors import BadInput
from engine.base.files import expanded


@pytest.mark.parametrize("name", ["a\0b", "\0", "half \ud800"])
def test_what_no_file_can_be_called_is_refused(name: str) -> None:
    """The system's calls raise a ValueError at it, which nothing takes for a wrong name."""
    with pytest.raises(BadInput, match="not the name of a file"):
        expanded(name)


def test_names_that_are_not_utf8_are_names(tmp_path: Path) -> None:
    """Python writes their bytes as halves of characters."""
    assert expanded(str(tmp_path / "caf\udce9")) == tmp_path / "caf\udce9"
