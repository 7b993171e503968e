"""The program goes to another machine as a wheel, and the answer is checked."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engine.base.errors import RunFailed
from engine.cli.main import main
from engine.machines.installing import _python_in, own_wheel
from engine.machines.records import machine_record
from engine.record.home import Home
from engine.service.wire import code_hash

UV = """#!/bin/sh
# stands in for uv: an environment is the wheel beside an interpreter that has the libraries
if [ "$1" = venv ]; then mkdir -p "$4/bin" "$4/lib"
  printf '#!/bin/sh\\nPYTHONPATH="%s/lib" exec {python} "$@"\\n' "$4" > "$4/bin/python"; chmod +x "$4/bin/python"
else echo installing >&2; for last; do :; done
  {python} -m zipfile -e "$last" "$(dirname "$4")/../lib"; fi
"""
posix = pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")


def test_the_wheel_holds_what_runs_here(tmp_path: Path) -> None:
    name, data = own_wheel()
    (tmp_path / name).write_bytes(data)
    with zipfile.ZipFile(tmp_path / name) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("METADATA"))).decode()
        record = archive.read(next(name for name in names if name.endswith("RECORD"))).decode()
    assert "engine/service/child.py" in names and not any(name.startswith("studio") for name in names)
    assert "Requires-Dist: torch" in metadata and "PySide6" not in metadata
    assert {line.split(",")[0] for line in record.splitlines()} == set(names)


@posix
def test_a_machine_without_the_program_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    programs = {"ssh": '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n', "uv": UV.format(python=sys.executable)}
    (tmp_path / "bin").mkdir()
    for name, text in programs.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    monkeypatch.setenv("HOME", str(tmp_path / "a home"))
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "here"))
    assert main(["machines", "add", "box", "me@gpu"]) == 0
    assert main(["machines", "install", "box"]) == 2
    assert "Add --yes" in capsys.readouterr().err
    assert main(["machines", "install", "box", "--yes", "--python", sys.executable]) == 0
    assert "installing" in capsys.readouterr().err
    python = machine_record(Home(tmp_path / "here"), "box").python
    assert python.startswith(str(tmp_path / "a home"))
    words = "import engine; from engine.service.wire import code_hash; print(engine.__file__, code_hash())"
    shown = subprocess.run([python, "-P", "-c", words], capture_output=True, text=True, check=True).stdout.split()
    assert shown[-1] == code_hash() and "a home" in " ".join(shown)
    assert main(["machines", "install", "box", "--yes", "--python", sys.executable]) == 0
    assert "installing" not in capsys.readouterr().err, "it is there"
    assert main(["machines", "install", "box", "--yes", "--python", "/no/python"]) == 1
    assert "could not be installed on box" in capsys.readouterr().err


@pytest.mark.parametrize(
    "answer",
    [b"", b"hello", b"[]", b'{"python": 3}', b'{"python": "bin/python"}', b'{"python": "/a\\nb"}', b"[" * 9000],
)
def test_an_answer_that_names_no_interpreter_is_refused(answer: bytes) -> None:
    with pytest.raises(RunFailed, match="names no interpreter"):
        _python_in(answer, "box")
