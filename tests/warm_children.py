"""Children that start where the imports of torch and transformers end.

Each export is verified in a process of its own, which imports both for five seconds and then works on a tiny model for
a tenth of one. Where a test is about what such a process finds, not about how it is started (tests/security and
tests/end_to_end/test_sample.py have that), it is forked from a server that has imported them, and nothing of the
program.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, Any

import pytest

from engine.base import children

VERIFIERS = ("engine.export.verification.process",)
LIBRARIES = ["torch", "transformers", "transformers.modeling_utils", "safetensors.torch"]


class WarmChild:
    """The part of `subprocess.Popen` that the program uses."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process
        self.pid = process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()


def _main(module: str, words: tuple[str, ...], folder: Path, variables: dict[str, str], streams: list[Any]) -> None:
    """In the child: as if ``python -P -m module words`` had been started in ``folder``."""
    for number, stream in zip((1, 2), streams, strict=True):
        os.dup2(stream.detach(), number)
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


class WarmServer:
    """Forks children on request; ends with the process that made it."""

    def __init__(self) -> None:
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(LIBRARIES)
        self._cold = children.start

    def start(
        self,
        module: str,
        *words: str,
        folder: Path,
        stdin: int | IO[Any] = subprocess.DEVNULL,
        stdout: Any = None,
        stderr: Any = None,
        **more: str,
    ) -> Any:
        """As `children.start`; modules that verify nothing are started as always."""
        if module not in VERIFIERS:
            return self._cold(module, *words, folder=folder, stdin=stdin, stdout=stdout, stderr=stderr, **more)
        streams = [Duplicate(stream) for stream in (stdout, stderr)]
        process = self._context.Process(
            target=_main, args=(module, words, folder, children.environment(**more), streams), daemon=True
        )
        process.start()
        return WarmChild(process)


class Duplicate:
    """A file that the child gets, too."""

    def __init__(self, file: IO[Any]) -> None:
        self._file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return (_same, (DupFd(self._file.fileno()),))


def _same(descriptor: Any) -> Any:
    return descriptor


_server: WarmServer | None = None


def install(patch: pytest.MonkeyPatch) -> None:
    """Exports are verified in processes that are forked from a warm one, where the system can fork."""
    global _server
    if sys.platform == "linux":
        _server = _server or WarmServer()
        patch.setattr(children, "start", _server.start)
