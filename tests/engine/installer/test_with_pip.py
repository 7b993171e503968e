"""Installing by pip, without uv, from a folder of wheels with a lock: a real environment, and a damaged wheel."""

from __future__ import annotations

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from engine.base.errors import RunFailed
from engine.installer import environment, steps
from engine.installer.bundle import Bundle, read, write_release
from engine.installer.environment import Packages
from engine.installer.layout import Installation
from engine.installer.steps import Plan

PROGRAM = """
import pathlib, sys
def main():
    import torch
    if "--out" in sys.argv:
        pathlib.Path(sys.argv[sys.argv.index("--out") + 1]).mkdir(parents=True)
    print("compression-studio (code aaaa)", torch.__version__)
"""


def wheel(folder: Path, name: str, files: dict[str, str], scripts: str = "") -> Path:
    """A wheel of a few modules."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-1.0.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if scripts:
        files[f"{info}/entry_points.txt"] = f"[console_scripts]\n{scripts}\n"
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        record += f"{path},sha256={digest},{len(text)}\n"
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n"
    target = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(target, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return target


def _nowhere(name: str) -> str:
    raise FileNotFoundError(name)


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    """A bundle without uv, with a lock of one package that lies in the folder ``packages``."""
    monkeypatch.setattr(environment.children, "find_program", _nowhere)
    torch = wheel(tmp_path / "packages", "torch", {"torch.py": "__version__ = '1.0'\n"})
    program = wheel(tmp_path / "bundle", "program", {"program.py": PROGRAM}, "compression-studio = program:main")
    (tmp_path / "bundle" / "locks").mkdir()
    digest = hashlib.sha256(torch.read_bytes()).hexdigest()
    (tmp_path / "bundle" / "locks" / "cpu.txt").write_text(f"torch==1.0 --hash=sha256:{digest}\n", "utf-8")
    locks = {"here-cpu": {"file": "locks/cpu.txt", "bytes": 1000, "packages": 1}}
    facts = {"version": "1.0", "code": "aaaa", "python": "3.11", "wheel": program.name, "locks": locks}
    write_release(tmp_path / "bundle", facts)
    return read(tmp_path / "bundle")


@pytest.mark.skipif(sys.platform == "win32", reason="scripts of other names")
def test_a_folder_of_wheels_is_installed_and_a_damaged_one_is_not(made: Bundle, tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data" / "program")
    packages = Packages(("update",), tmp_path / "packages")
    plan = Plan(made, "cpu", made.locks["here-cpu"], packages)
    assert steps.install(installation, plan, print) == "1.0-1"
    record = installation.record("1.0-1")
    assert record is not None and len(record.checks) == 3 and not record.window
    torch = tmp_path / "packages" / "torch-1.0-py3-none-any.whl"
    torch.write_bytes(torch.read_bytes().replace(b"'1.0'", b"'6.6'"))
    with pytest.raises(RunFailed, match="a download is damaged"):
        steps.install(installation, Plan(made, "cpu", plan.lock, packages, fresh=True), print)
    assert installation.current() == ("1.0-1", "") and installation.names() == ["1.0-1"]


def test_pip_alone_cannot_choose_a_build(made: Bundle, tmp_path: Path) -> None:
    installation = Installation(tmp_path / "data" / "program")
    with pytest.raises(RunFailed, match="pip can't choose a build of torch"):
        steps.install(installation, Plan(made, "cpu", made.locks["here-cpu"], Packages(("update",))), print)
