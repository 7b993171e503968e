"""The one list of methods."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import pytest

from engine.base.errors import BadInput
from engine.contracts.problem import Estimate, Problem
from engine.contracts.settings import Settings
from engine.methods.base import MethodInfo, reshaped
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


def test_plugins_may_still_say_leaves() -> None:
    """The name of ``traits`` in release 0.1, of methods and of the reshaping protocol."""
    description: dict[str, Any] = {
        "id": "old",
        "title": "Old",
        "family": "pruning",
        "summary": "",
        "settings": Settings,
    }
    description["algorithm"] = "old:Old"
    with pytest.warns(DeprecationWarning, match="traits"):
        info = MethodInfo(**description, leaves=frozenset({"mask"}))
    assert info.traits_of(Settings()) == {"mask"}
    assert dataclasses.replace(info, origin="somebody 1").traits_of(Settings()) == {"mask"}

    class Old:
        def check(self, *_: object) -> list[Problem]:
            return []

        def estimate(self, *_: object) -> Estimate:
            return Estimate(0, 0)

        def leaves(self, header: str, anatomy: str, settings: Settings) -> tuple[str, str]:
            return f"cut {header}", anatomy

    with pytest.warns(DeprecationWarning, match="reshaped"):
        found = reshaped(Old(), "headers", "anatomy", Settings())  # type: ignore[arg-type]
    assert found == ("cut headers", "anatomy")
