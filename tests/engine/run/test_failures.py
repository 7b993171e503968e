"""What goes wrong is a sentence that says what to do."""

from __future__ import annotations

import errno
import os

import pytest

from engine.methods.registry import method, methods
from engine.run.failures import MEMORY_SETTINGS, explain, memory_advice


@pytest.mark.parametrize("number", [errno.EIO, errno.EROFS, errno.EFBIG, errno.EMFILE, errno.ENOSPC])
def test_a_write_into_an_open_file_is_explained_without_its_name(number: int) -> None:
    """Flushing and syncing raise errors that do not say of which file."""
    found = explain(OSError(number, os.strerror(number)), where="GPTQ")
    assert found.what in ("A file could not be read or written", "The disk is full")
    assert "resume: finished work is kept" in str(found)


def test_an_error_of_the_program_is_called_one() -> None:
    assert explain(KeyError("a")).what == "Something failed that should not"
    assert explain(OSError("no number")).what == "Something failed that should not"


def test_where_memory_ran_out_a_setting_is_named() -> None:
    """One that the method has; of a training the one that changes no result first."""
    for name, title in (("gptq", "Samples"), ("fine_tuning", "Micro-batch size")):
        info = method(name)
        assert f"make '{title}' smaller" in memory_advice(info.settings())
    there = {name for info in methods().values() for name in info.settings.model_fields}
    assert there.issuperset(MEMORY_SETTINGS)
