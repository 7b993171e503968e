"""Installing this version of the program on another machine, in a folder of its own. Imports no torch.

A wheel is made of the sources that run here, so that both sides have the same, and goes to the other machine on the
standard input of its Python: no path or name of a file meets the shell there. Libraries come from the package index
that pip or uv uses there.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import json
import shlex
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from threading import Thread
from typing import IO, Any

from engine.base import children
from engine.base.errors import BadInput, RunFailed
from engine.machines.records import MachineRecord
from engine.service.remote import SSH_OPTIONS
from engine.service.wire import code_hash
from engine.version import __version__

DISTRIBUTION = "compression-studio"
PACKAGES = ("engine", "resources")
LONGEST_ANSWER = 64 << 10
FAR_SIDE = r"""
import hashlib, json, pathlib, shutil, subprocess, sys
name, wheel_name, size, digest = sys.argv[1:5]
data = sys.stdin.buffer.read(int(size))
if sys.version_info < (3, 11):
    sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0])
if hashlib.sha256(data).hexdigest() != digest:
    sys.exit("The program was damaged on the way")
root = pathlib.Path.home() / ".local" / "share" / "compression-studio-engines"
folder = root / name
python = folder / "bin" / "python"
whole = folder / "installed.txt"
if not whole.is_file() or whole.read_text() != digest:
    shutil.rmtree(folder, ignore_errors=True)
    root.mkdir(parents=True, exist_ok=True)
    wheel = root / wheel_name
    wheel.write_bytes(data)
    uv = shutil.which("uv")
    if uv:
        steps = [[uv, "venv", "--python", sys.executable, str(folder)]]
        steps += [[uv, "pip", "install", "--python", str(python), "--torch-backend=auto", str(wheel)]]
    else:
        steps = [[sys.executable, "-m", "venv", str(folder)]]
        steps += [[str(python), "-m", "pip", "install", "--progress-bar", "off", str(wheel)]]
    for step in steps:
        if subprocess.run(step, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode:
            sys.exit("This failed: " + " ".join(step))
    wheel.unlink()
    whole.write_text(digest)
print(json.dumps({"python": str(python)}))
"""
"""Program for the Python there. Its arguments: name of the folder, name, bytes and hash of the wheel."""


def install(
    record: MachineRecord, python: str = "python3", on_line: Callable[[str], None] = lambda line: None
) -> MachineRecord:
    """Install this version on a machine; gives the record that uses it. ``python``: the interpreter there that it is
    installed with; ``on_line``: takes what is printed there. Raises `BadInput`, `RunFailed`."""
    record.machine()
    wheel_name, wheel = own_wheel()
    folder = f"{__version__}-{code_hash()}"
    words = [python, "-c", FAR_SIDE, folder, wheel_name, str(len(wheel)), hashlib.sha256(wheel).hexdigest()]
    answer, status, last = _ssh(record.destination, f"exec {shlex.join(words)}", wheel, on_line)
    if status != 0:
        why = last or f"exit status {status}"
        raise RunFailed(f"The program could not be installed on {record.name}", why=why, advice="see the lines above")
    return record.model_copy(update={"python": _python_in(answer, record.name)})


def own_wheel() -> tuple[str, bytes]:
    """Name and bytes of a wheel of the sources that run here, without the window. Raises `BadInput` where there are
    none."""
    root = Path(__file__).resolve().parents[2]
    try:
        requirements = importlib.metadata.requires(DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        requirements = []
    if not requirements or not code_hash():
        what = "There are no sources here to install elsewhere"
        raise BadInput(what, advice=f"install compression-studio {__version__} there by hand, and give --python")
    needed = [line for line in requirements if "extra ==" not in line]
    info = f"compression_studio-{__version__}.dist-info"
    files = {path.relative_to(root).as_posix(): path.read_bytes() for path in _sources(root)}
    metadata = ["Metadata-Version: 2.1", f"Name: {DISTRIBUTION}", f"Version: {__version__}"]
    metadata += [f"Requires-Dist: {line}" for line in needed]
    files[f"{info}/METADATA"] = ("\n".join(metadata) + "\n").encode()
    wheel = "Wheel-Version: 1.0\nGenerator: compression-studio\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/WHEEL"] = wheel.encode()
    record = "".join(f"{name},sha256={_record_hash(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))  # the same sources make the same wheel
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED, 1)
    return f"compression_studio-{__version__}-py3-none-any.whl", packed.getvalue()


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith("."):
                yield path


def _record_hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def _ssh(destination: str, words: str, data: bytes, on_line: Callable[[str], None]) -> tuple[bytes, int, str]:
    """Run a command there with ``data`` as its input; gives its output, exit status and the last line of errors."""
    pipe = subprocess.PIPE
    lines: list[str] = []

    def read(errors: IO[bytes]) -> None:
        while line := errors.readline(1000):
            lines[:] = [line.decode("utf-8", "replace").rstrip()]
            on_line(lines[0])

    try:
        ssh = "ssh", *SSH_OPTIONS, "--", destination, words
        process = children.start_program(*ssh, stdin=pipe, stdout=pipe, stderr=pipe)
    except OSError as error:
        raise RunFailed("ssh can't be started", why=error.strerror or str(error)) from None
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    reader = Thread(target=read, args=(process.stderr,), daemon=True)
    reader.start()
    try:
        try:
            process.stdin.write(data)
            process.stdin.close()
        except OSError:
            pass  # it has ended, and says why
        answer = process.stdout.read(LONGEST_ANSWER)
        if process.stdout.read(1):
            process.kill()
        status = process.wait()
    except BaseException:
        process.kill()
        raise
    reader.join(5.0)
    return answer, status, lines[0] if lines else ""


def _python_in(answer: bytes, machine: str) -> str:
    """The path of the interpreter in the answer, of which only the last line counts. Raises `RunFailed`."""
    lines = [line for line in answer.splitlines() if line.strip()]
    try:
        plain: Any = json.loads(lines[-1])
        python = plain["python"]
        if type(python) is str and PurePosixPath(python).is_absolute() and python.isprintable() and len(python) < 1000:
            return python
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        pass
    raise RunFailed(f"The answer of {machine} can't be read", why="it names no interpreter")
