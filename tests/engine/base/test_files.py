"""Names of files as people and pipelines write them; JSON as anybody writes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.base.files import expanded, parse_json


@pytest.mark.parametrize("name", ["a\0b", "\0", "half \ud800"])
def test_what_no_file_can_be_called_is_refused(name: str) -> None:
    """The system's calls raise a ValueError at it, which nothing takes for a wrong name."""
    with pytest.raises(BadInput, match="not the name of a file"):
        expanded(name)


def test_names_that_are_not_utf8_are_names(tmp_path: Path) -> None:
    """Python writes their bytes as halves of characters."""
    assert expanded(str(tmp_path / "caf\udce9")) == tmp_path / "caf\udce9"


@pytest.mark.parametrize("value", ["a\ud800", ["\udfff"], {"\udc00": 1}, {"a": [{"b": "\ud83d"}]}])
def test_half_of_a_character_in_json_is_refused_whatever_it_is_written_in(value: Any) -> None:
    """Writing it again would fail, and pydantic fails at it."""
    plain, escaped = json.dumps(value, ensure_ascii=False), json.dumps(value)
    for text in (plain, escaped, escaped.upper().replace("\\U", "\\u"), escaped.encode(), escaped.encode("utf-16")):
        with pytest.raises(ValueError, match="half a character"):
            parse_json(text)
    with pytest.raises(ValueError, match="half a character"):
        parse_json(plain.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("value", ["🙂", {"é": "東京"}, "\\ud800", ["\ufffd", None, 1.5]])
def test_whole_characters_in_json_are_read_whatever_they_are_written_in(value: Any) -> None:
    plain, escaped = json.dumps(value, ensure_ascii=False), json.dumps(value)
    for text in (plain, escaped, plain.encode(), escaped.encode(), plain.encode("utf-16"), plain.encode("utf-8-sig")):
        assert parse_json(text) == value
