"""Environments of Python, made and filled by uv, or by pip where there is no uv; and the test that the program passes
in one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.base import children
from engine.base.errors import RunFailed
from engine.installer.backends import device_of
from engine.installer.bundle import Bundle, Lock
from engine.installer.layout import NAME, Installation, program_in, remove

Say = Callable[[str], None]
LOCKED_EXTRAS = ("window", "update")
"""Extras whose packages are in the locks of a bundle."""
SHOWN = 20
"""Last lines that are shown of a test that failed."""
SECONDS_TO_END = 5.0
"""Seconds for a program to end after a request, before it is killed."""
SAMPLE = ("compress", "sample", "round_to_nearest format=int4 symmetric=true group_size=64")
REASONS = (
    (r"No space left|ENOSPC|not enough space|Disk quota", "the disk is full", "make room on it, then run this again"),
    (
        r"DO NOT MATCH THE HASHES|[Hh]ash mismatch|BadZipFile|invalid (?:zip|wheel)|\bCRC\b",
        "a download is damaged: its bytes are not those of the lock",
        "run this again; if it stays so, something between you and the package index changes files",
    ),
    (
        r"dns error|[Nn]ame or service not known|[Cc]onnection|timed out|Network is unreachable|Could not fetch",
        "the package index can't be reached",
        "check the network and run this again: packages that were fetched whole are not fetched again",
    ),
)
"""Pattern in what uv or pip printed -> why, advice."""


@dataclass(frozen=True)
class Packages:
    """``find``: a folder of wheels that is used in the place of the package index; ``extras``: of the program."""

    extras: tuple[str, ...] = ("window", "update")
    find: Path | None = None

    @property
    def beyond_the_lock(self) -> tuple[str, ...]:
        """Extras that locks are not made for."""
        return tuple(extra for extra in self.extras if extra not in LOCKED_EXTRAS)


@dataclass(frozen=True)
class Tool:
    """uv, or pip with the standard library's environments (``uv`` is None)."""

    uv: str | None
    installation: Installation

    @classmethod
    def of(cls, bundle: Bundle, installation: Installation) -> Tool:
        """The uv of the bundle, else the one that an installer left (updates come without), else that of PATH, else
        pip."""
        for own in (bundle.folder / installation.uv.name, installation.uv):
            if own.is_file():
                return cls(str(own.resolve()), installation)
        try:
            return cls(children.find_program("uv"), installation)
        except FileNotFoundError:
            return cls(None, installation)

    def make(self, folder: Path, python: str, say: Say) -> None:
        """Make an empty environment. ``python``: version that is preferred; uv fetches it where it is not installed."""
        if self.uv is not None:
            self._run([self.uv, "venv", "--python", python, str(folder)], "The environment", say)
        else:
            self._run([sys.executable, "-P", "-m", "venv", "--without-pip", str(folder)], "The environment", say)

    def install(
        self, folder: Path, bundle: Bundle, lock: Lock | None, backend: str, packages: Packages, say: Say
    ) -> None:
        """Install the program and what it needs. With a lock all bytes are compared with its hashes, but for those of
        extras that no lock has: these take the versions that are there, and bring what is missing."""
        python = str(program_in(folder, "python"))
        wheel = bundle.folder / bundle.wheel
        if self.uv is not None:
            command = [self.uv, "pip", "install", "--python", python]
            command += [f"--torch-backend={backend}"] if backend != "mps" else []
        else:
            if packages.find is None and backend != "mps":
                why = "pip can't choose a build of torch, and uv is not here"
                raise RunFailed("The packages could not be installed", why=why, advice="run: pip install uv")
            command = [sys.executable, "-P", "-m", "pip", "--python", python, "install", "--progress-bar", "off"]
            command += ["--disable-pip-version-check", "--no-input"]
        if packages.find is not None:
            command += ["--no-index", "--find-links", str(packages.find)]
        if lock is not None:
            self._run([*command, "--require-hashes", "-r", str(bundle.folder / lock.file)], "The packages", say)
            self._run([*command, "--no-deps", str(wheel)], "The program", say)
        extras = packages.extras if lock is None else packages.beyond_the_lock
        if lock is None or extras:
            requirement = f"{NAME}[{','.join(extras)}] @ {wheel.resolve().as_uri()}"
            self._run([*command, requirement], "The packages", say)

    def _run(self, command: Sequence[str], what: str, say: Say) -> None:
        root = self.installation.root
        own = {"UV_CACHE_DIR": str(root / "cache"), "UV_PYTHON_INSTALL_DIR": str(root / "python")}
        own["UV_NO_CONFIG"] = "1"
        status, lines = run(command, {**clean(), **own}, say)
        if status != 0:
            why, advice = explain(lines)
            raise RunFailed(f"{what} could not be installed", why=why or f"exit status {status}", advice=advice)


def check(folder: Path, backend: str, window: bool, code: str, say: Say) -> list[str]:
    """Use the program as a person does: the sample in 4 bits, on the device of its build, exported, and verified by a
    fresh process. ``code``: hash that it must say it has. Gives a line for each check; raises `RunFailed` for the first
    that fails."""
    scratch = folder / "check"
    remove(scratch)
    program = str(program_in(folder))
    environment = {**clean(), "COMPRESSION_STUDIO_HOME": str(scratch / "home"), "HF_HUB_OFFLINE": "1"}
    export = str(scratch / "export")
    device = ["--device", device_of(backend)]
    checks: list[tuple[str, list[str]]] = [
        ("the program starts", [program, "--version"]),
        (
            f"the sample is compressed to 4 bits on {device[1]}",
            [program, *SAMPLE, "--no-compare", "--export", "compressed-tensors", "--out", export, *device],
        ),
        ("a fresh process loads the export and computes the same", [program, "verify", export]),
    ]
    if window:
        load = "from PySide6 import QtWidgets; import pyqtgraph"
        checks.append(("the window's libraries load", [str(program_in(folder, "python")), "-P", "-c", load]))
    try:
        for what, command in checks:
            status, lines = run(command, environment, lambda line: None)
            if command[-1] == "--version" and status == 0 and code not in "\n".join(lines):
                status, lines = 1, [f"its code is not {code}: {lines[-1] if lines else 'it says nothing'}"]
            if status != 0:
                for line in lines[-SHOWN:]:
                    say(f"  {line}")
                raise _failed_check(what, status, lines, backend)
            say(f"  {what}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return [what for what, _ in checks]


def _failed_check(what: str, status: int, lines: Sequence[str], backend: str) -> RunFailed:
    title = f"The new version does not pass its test ({what})"
    full, why, make_room = REASONS[0]
    if re.search(full, "\n".join(lines)):
        return RunFailed(title, why=why, advice=make_room)
    last = next((line for line in reversed(lines) if line.strip()), f"exit status {status}")
    advice = "choose --backend cpu" if device_of(backend) != "cpu" else "report this with the lines above"
    return RunFailed(title, why=last, advice=advice)


def clean() -> dict[str, str]:
    """Variables for other interpreters: those that point Python elsewhere are left out, and so are folders on PATH that
    vanish with this installer: an environment must not be made of an interpreter in them."""
    foreign = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONSTARTUP")
    variables = {name: value for name, value in os.environ.items() if name not in foreign}
    archive = Path(sys.argv[0])
    if archive.suffix == ".pyz" and "PATH" in variables:
        folders = [Path(folder) for folder in variables["PATH"].split(os.pathsep) if folder]
        vanishing = archive.resolve().parent
        stay = [str(folder) for folder in folders if vanishing not in (folder.resolve(), *folder.resolve().parents)]
        variables["PATH"] = os.pathsep.join(stay)
    return variables


def run(command: Sequence[str], environment: dict[str, str], say: Say) -> tuple[int, list[str]]:
    """Run a program; every line goes to ``say``. Gives its exit status and its last 200 lines. It does not outlive what
    ends this call, such as Ctrl+C."""
    lines: list[str] = []
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    try:
        process = children.start_command(command, environment, **pipes)
    except OSError as error:
        return 127, [error.strerror or str(error)]
    with process:
        try:
            assert process.stdout is not None
            for data in process.stdout:
                line = data.decode("utf-8", "replace").rstrip()
                lines = [*lines[-199:], line]
                say(f"  {line}")
            return process.wait(), lines
        except BaseException:
            _end(process)
            raise


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()


def explain(lines: Sequence[str]) -> tuple[str, str]:
    """Read the reason and the advice in lines that uv or pip printed."""
    text = "\n".join(lines)
    for pattern, why, advice in REASONS:
        if re.search(pattern, text):
            return why, advice
    errors = [line.strip() for line in lines if re.match(r"\s*(?:error|ERROR|×|cause|Caused by)", line)]
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return (". ".join(errors[:2]) if errors else last), "see the lines above"
