"""The simulated accelerator and everything that is computed on it, in processes of their own."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import warm_children
from torch.utils import backend_registration

TESTS = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"),
    reason="this torch knows no backends written in Python",
)


def child(*command: str) -> subprocess.CompletedProcess[str]:
    """Run Python where the simulated accelerator and the engine are found."""
    path = os.pathsep.join((str(TESTS), str(TESTS.parent), *filter(None, [os.environ.get("PYTHONPATH")])))
    return warm_children.run(*command, folder=TESTS.parent, variables={**os.environ, "PYTHONPATH": path})


@pytest.mark.parametrize("checks", ["waits", "checks memory", "lacking half"])
def test_what_the_simulated_devices_promise_and_count(checks: str) -> None:
    files = [str(TESTS / "simulated_accelerator" / f"{name}.py") for name in checks.split()]
    done = child("-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", *files)
    assert done.returncode == 0, done.stdout + done.stderr
