"""Children that start where the imports of torch and transformers end.

Each export is verified in a process of its own, which imports both for five seconds and then works on a tiny model for
a tenth of one. Where a test is about what such a process finds, not about how it is started (tests/security and
tests/end_to_end/test_sample.py have that), it is forked from a server that has imported them, and nothing of the
program. The same goes for programs that tests write themselves, `run`, and for engines: `install_engines`.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from multiprocessing.reduction import DupFd
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:  # a child that a test writes knows nothing of the program, as long as it does not import it
    import pytest

VERIFIERS = ("engine.export.verification.process",)
LIBRARIES = ["torch", "transformers.models.llama.modeling_llama", "gguf", "safetensors.torch"]


class WarmChild:
    """The part of `subprocess.Popen` that the program uses."""

    def __init__(self, process: BaseProcess, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None) -> None:
        self._process = process
        self.pid = process.pid
        self.stdin, self.stdout = stdin, stdout

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        self._process.join(timeout)
        if timeout is not None and self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return self._process.exitcode

    def kill(self) -> None:
        self._process.kill()


def _main(
    words: Sequence[str],
    folder: Path,
    variables: Mapping[str, str],
    streams: list[Any],
    alone: bool = False,
) -> None:
    """In the child: as if ``python words`` had been started in ``folder``; ``words``: "-m" and a module, "-c" and
    lines, or a file, and what they are told. ``streams``: standard output and error, and standard input if there is a
    third. ``alone``: in a session of its own."""
    if alone:
        os.setsid()
    for number, stream in zip((1, 2, 0), streams, strict=False):
        descriptor = stream.detach()
        os.dup2(descriptor, number)
        os.close(descriptor)  # or a process that this one starts would hold the pipe, too
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    _look_where(variables.get("PYTHONPATH", ""))
    kind, *rest = words
    if kind == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.argv = list(words)
        runpy.run_path(kind, run_name="__main__")


def _look_where(paths: str) -> None:
    """Look for modules in folders of PYTHONPATH that the server does not know; a ``sitecustomize.py`` there is run."""
    new = [path for path in paths.split(os.pathsep) if path and path not in sys.path]
    sys.path[:0] = new
    for path in new:
        if (Path(path) / "sitecustomize.py").is_file():
            runpy.run_path(str(Path(path) / "sitecustomize.py"))


class WarmServer:
    """Forks children on request; ends with the process that made it."""

    def __init__(self) -> None:
        self._context: ForkServerContext = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(LIBRARIES)
        self._cold: Any = None

    def popen(
        self,
        command: Sequence[str],
        stdin: int,
        stdout: int,
        stderr: IO[bytes],
        env: Mapping[str, str],
        start_new_session: bool,
    ) -> WarmChild:
        """As `subprocess.Popen` with two pipes, for a file of Python."""
        assert stdin == stdout == subprocess.PIPE
        (reading, to_child), (from_child, writing) = os.pipe(), os.pipe()
        with os.fdopen(reading, "rb") as theirs, os.fdopen(writing, "wb") as ours:
            child = self.fork(command[1:], Path.cwd(), env, ours, stderr, theirs, alone=start_new_session)
        child.stdin, child.stdout = os.fdopen(to_child, "wb"), os.fdopen(from_child, "rb")
        return child

    def fork(
        self,
        words: Sequence[str],
        folder: Path,
        variables: Mapping[str, str],
        *streams: IO[Any],
        alone: bool = False,
    ) -> WarmChild:
        """A child that runs ``words`` (see `_main`)."""
        duplicates = [Duplicate(stream) for stream in streams]
        process = self._context.Process(target=_main, args=(words, folder, variables, duplicates, alone), daemon=True)
        process.start()
        return WarmChild(process)

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
        from engine.base import children

        return self.fork(["-m", module, *words], folder, children.environment(**more), stdout, stderr)

    def replace(self, patch: pytest.MonkeyPatch) -> None:
        """Let the program start its verifiers here."""
        from engine.base import children

        if children.start != self.start:
            self._cold = children.start
            patch.setattr(children, "start", self.start)


class Duplicate:
    """A file that the child gets, too."""

    def __init__(self, file: IO[Any]) -> None:
        self._file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return (_same, (DupFd(self._file.fileno()),))


def _same(descriptor: Any) -> Any:
    return descriptor


_server: WarmServer | None = None


def _running() -> WarmServer | None:
    """The server of this process, None where the system can't fork."""
    global _server
    if sys.platform == "linux":
        _server = _server or WarmServer()
    return _server


def install(patch: pytest.MonkeyPatch) -> None:
    """Exports are verified in processes that are forked from a warm one, where the system can fork."""
    if (server := _running()) is not None:
        server.replace(patch)


ENGINES = ("engine_child.py", "fake_ssh.py")
"""Programs of the tests that are engines, or that start one."""


class _Subprocess:
    """The module `subprocess` with `popen` for `ENGINES`."""

    def __init__(self, server: WarmServer) -> None:
        self._server = server

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    def Popen(self, command: Sequence[str], **options: Any) -> Any:
        if command[0] == sys.executable and Path(command[1]).name in ENGINES:
            return self._server.popen(command, **options)
        return subprocess.Popen(command, **options)


def install_engines(patch: pytest.MonkeyPatch) -> None:
    """Engines of the tests are forked from a warm process, where the system can fork."""
    from engine.service import process

    if (server := _running()) is not None:
        patch.setattr(process, "subprocess", _Subprocess(server))


def fork_program(command: Sequence[str]) -> tuple[int, int, int]:
    """In a warm child: a child of its own that runs a file of Python in a session of its own. Its id, and the ends of
    the pipes to it and from it."""
    (reading, to_child), (from_child, writing) = os.pipe(), os.pipe()
    if pid := os.fork():
        os.close(reading)
        os.close(writing)
        return pid, to_child, from_child
    status = 1
    try:
        os.setsid()
        os.dup2(reading, 0)
        os.dup2(writing, 1)
        for descriptor in (reading, writing, to_child, from_child):
            os.close(descriptor)
        sys.argv = list(command)
        runpy.run_path(command[0], run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        threading._shutdown()  # type: ignore[attr-defined] - waits for threads, as the end of any process does
        atexit._run_exitfuncs()
        os._exit(status)


def begin(
    *words: str, folder: Path, stdout: IO[Any], stderr: IO[Any], variables: Mapping[str, str] = os.environ
) -> WarmChild | subprocess.Popen[bytes]:
    """Start ``python words`` in ``folder``, forked where the system can."""
    server, environment = _running(), dict(variables)
    if server is None:
        return subprocess.Popen([sys.executable, *words], env=environment, cwd=folder, stdout=stdout, stderr=stderr)
    return server.fork(words, folder, environment, stdout, stderr)


def run(*words: str, folder: Path, variables: Mapping[str, str] = os.environ) -> subprocess.CompletedProcess[str]:
    """`begin`, to its end: what it printed, and its status."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        status = begin(*words, folder=folder, stdout=out, stderr=err, variables=variables).wait()
        told = []
        for stream in (out, err):
            stream.seek(0)
            told.append(stream.read().decode("utf-8", "replace"))
        return subprocess.CompletedProcess(list(words), -1 if status is None else status, *told)
