"""The program in the desktop's menu: the files of `compression-studio integrate`, beside the tools of the desktop."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from studio.shell import integration
from studio.shell.app import main

pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="no freedesktop.org menu")


@pytest.fixture
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    return tmp_path


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("compression-studio*")}


def test_what_is_added_is_valid_and_removed(data_home: Path) -> None:
    assert main(["integrate"]) == 0
    entry = data_home / "applications" / "compression-studio.desktop"
    assert files(data_home) >= {"compression-studio.desktop", "compression-studio.svg", "compression-studio.xml"}
    if shutil.which("desktop-file-validate"):
        subprocess.run(["desktop-file-validate", str(entry)], check=True)
    ElementTree.parse(next(data_home.rglob("packages/compression-studio.xml")))
    icon = next(data_home.rglob("compression-studio.svg")).read_text("utf-8")
    ElementTree.fromstring(icon)
    assert "currentColor" not in icon
    (line,) = [line for line in entry.read_text("utf-8").splitlines() if line.startswith("Exec=")]
    program = shlex.split(line.removeprefix("Exec="))[0]
    assert Path(program).is_file()
    assert main(["integrate"]) == 0  # again, over its own files
    assert main(["integrate", "--remove"]) == 0
    assert not files(data_home) & {"compression-studio.desktop", "compression-studio.svg"}
    assert main(["integrate", "--remove"]) == 0


@pytest.mark.skipif(not shutil.which("update-mime-database"), reason="needs shared-mime-info")
def test_pipelines_get_their_type(data_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["integrate"]) == 0
    (line,) = [line.strip() for line in capsys.readouterr().out.splitlines() if "update-mime-database" in line]
    subprocess.run(shlex.split(line), check=True)
    assert f"60:{integration.MIME}:*.pipeline.json" in (data_home / "mime" / "globs2").read_text("utf-8")


def test_odd_folders_stay_one_word(data_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = data_home / 'a "b" $HOME 50% \\ `c`'
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    integration.add()
    entry = (data_home / "applications" / "compression-studio.desktop").read_text("utf-8")
    (line,) = [line for line in entry.splitlines() if line.startswith("Exec=")]
    value = line.removeprefix("Exec=").replace("\\\\", "\\")  # the escapes of a string, then those of the quotes
    assert shlex.split(value.replace("%f", ""))[0].replace("%%", "%").replace("\\$", "$").replace("\\`", "`") == str(
        folder / "python"
    )


def test_a_folder_that_is_in_the_way_is_a_sentence(data_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data_home / "applications").write_text("a file")
    assert main(["integrate"]) == 2
    assert "applications" in capsys.readouterr().err
