"""Processes that the program starts run no file that lies in the caller's folder or in the model's."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.base import children
from engine.export.verification.check import export, verify
from engine.record.home import Home
from engine.service import process

Tiny = Callable[[str], Path]
ROOT = Path(__file__).resolve().parents[2]
PLANTED = ("torch", "numpy", "json", "runpy", "safetensors", "sitecustomize", "usercustomize", "engine")


def plant(folder: Path, trace: Path) -> None:
    for name in PLANTED:
        (folder / f"{name}.py").write_text(f"open({str(trace)!r}, 'a').write({name!r})\n")


@pytest.mark.parametrize("path", [None, ".", os.pathsep, "somewhere"])
def test_files_of_the_folder_and_of_the_model_are_not_run(
    path: str | None, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace, here, model = tmp_path / "ran", tmp_path / "here", tiny("llama")
    (here / "somewhere").mkdir(parents=True)
    for folder in (here, here / "somewhere"):
        plant(folder, trace)
    monkeypatch.chdir(here)
    if path is not None:
        monkeypatch.setenv("PYTHONPATH", path)
        answer = children.start("base64", "-t", folder=tmp_path, stdout=subprocess.PIPE).communicate()[0]
        assert b"Aladdin" in answer and not trace.exists()
        return
    verified = export(model, "dense", here / "out", {}, lambda *_: None, lambda: None)
    assert verified.ok, verified.sentence
    plant(here / "out", trace)
    assert verify(Path("out"), lambda *_: None, lambda: None).ok
    assert not trace.exists()


LAUNCHED = (
    pytest.param(("-m", "engine", "inspect", "sample"), id="engine"),
    pytest.param(("-m", "engine.service.child", "--help"), id="child"),
    pytest.param(("-m", "engine.methods.tables"), id="tables"),
    pytest.param(("-m", "studio", "--version"), id="studio"),
    pytest.param(
        ("-P", "-m", "accelerate.commands.launch", "--cpu", "-m", "engine", "methods"),
        id="accelerate",
        marks=pytest.mark.slow,
    ),
)
ABOVE_ALL = {"engine", "studio", "runpy", "importlib"}
"""What Python itself looks for in the current folder before any line of ours is run."""


@pytest.mark.parametrize("words", LAUNCHED)
def test_python_m_runs_no_file_of_the_current_folder(words: tuple[str, ...], tmp_path: Path) -> None:
    """One that is named as any module of the standard library, or as a library that the program uses."""
    trace, here = tmp_path / "ran", tmp_path / "here"
    here.mkdir()
    for name in {*sys.stdlib_module_names, *PLANTED, "pydantic", "psutil", "transformers", "PySide6"} - ABOVE_ALL:
        (here / f"{name}.py").write_text(f"open({str(trace)!r}, 'a').write({name!r} + ' ')\n")
    shown = subprocess.run(
        [sys.executable, *words],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COMPRESSION_STUDIO_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
    )
    assert not trace.exists(), trace.read_text()
    assert shown.returncode == 0, shown.stderr


def test_programs_that_import_the_engine_keep_their_path(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("")
    (tmp_path / "script.py").write_text("import engine, beside\nprint(engine.__version__)\n")
    run = {"cwd": tmp_path, "env": {**os.environ, "PYTHONPATH": str(ROOT)}, "capture_output": True}
    for words in (["script.py"], ["-m", "script"], ["-c", "import engine, beside"]):
        shown = subprocess.run([sys.executable, *words], **run)  # type: ignore[call-overload]
        assert shown.returncode == 0, shown.stderr


def test_no_secret_and_no_rank_goes_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "WORLD_SIZE", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONHOME"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path))
    given = children.environment(OMP_NUM_THREADS="3")
    assert not {"HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "WORLD_SIZE", "PYTHONSTARTUP", "PYTHONINSPECT"} & set(given)
    assert "PYTHONHOME" not in given
    assert given["COMPRESSION_STUDIO_HOME"] == str(tmp_path) and given["OMP_NUM_THREADS"] == "3"
    assert given["PYTHONSAFEPATH"] == "1" and "-P" in children.command("engine.cli")


def test_there_is_no_other_way_to_start_a_process() -> None:
    starting = {
        "Popen",
        "run",
        "call",
        "check_call",
        "check_output",
        "system",
        "popen",
        "startfile",
        "spawnl",
        "spawnv",
    }
    found = []
    for file in (*ROOT.glob("engine/**/*.py"), *ROOT.glob("studio/**/*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            if (
                isinstance(called, ast.Attribute)
                and isinstance(called.value, ast.Name)
                and called.value.id in ("subprocess", "os")
                and called.attr in starting
            ):
                found.append(file.relative_to(ROOT).as_posix())
    assert sorted(set(found)) == ["engine/base/children.py", "engine/service/process.py"]


def test_other_programs_are_not_looked_for_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "harmful"
    program.write_text("#!/bin/sh\necho harm\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.pathsep.join([".", "", os.environ["PATH"]]))
    pipe = subprocess.DEVNULL
    with pytest.raises(FileNotFoundError):
        children.start_program("harmful", stdin=pipe, stdout=pipe, stderr=pipe)


def test_the_engine_process_finds_nothing_in_the_folder_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps the person's environment and folder: models are named by paths that start there."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([".", "", "lib", str(ROOT)]))
    given = process.EngineProcess(Home(tmp_path))._environment()
    assert given["PYTHONPATH"].split(os.pathsep) == [str(ROOT), str(ROOT)] and given["PYTHONSAFEPATH"] == "1"
    assert "-P" in process.child_command()
