"""The one list of methods."""

from __future__ import annotations

import subprocess
import sys

import pytest

from engine.base.errors import BadInput
from engine.methods.registry import method, methods


def test_one_method_is_the_one_of_the_list() -> None:
    assert all(method(name) is info for name, info in methods().items())


def test_one_method_needs_no_other() -> None:
    code = (
        "import sys\nfrom engine.methods.registry import method\nmethod('gptq')\n"
        "print([m for m in sys.modules if m.startswith('engine.methods.') and m.endswith('.settings')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["['engine.methods.quantization.gptq.settings']"]


@pytest.mark.parametrize("name", ["", "rounding", "a.b", "../gptq", "shared", "common"])
def test_what_is_no_method_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="Unknown method"):
        method(name)
