"""Installing beside the version that works: kills at every step, damage, full disks, rollback, repair, uninstalling."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.base.errors import BadInput, RunFailed
from engine.installer import steps
from engine.installer.bundle import read
from engine.installer.commands import main
from engine.installer.environment import Packages, explain
from engine.installer.layout import Installation, data_folder, installation_of
from tests.engine.installer.small_bundles import bundle, plan, started

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    return Installation(tmp_path / "data" / "program")


@pytest.fixture
def installed(installation: Installation, tmp_path: Path) -> Installation:
    """With version 1.0-1."""
    steps.install(installation, plan(bundle(tmp_path / "first", "1.0")), print)
    return installation


def test_the_new_version_is_tested_and_started(installed: Installation, tmp_path: Path) -> None:
    assert started(installed) == "1.0" and installed.current() == ("1.0-1", "")
    calls = (installed.version("1.0-1") / "calls").read_text("utf-8")
    assert "compress sample round_to_nearest format=int4" in calls and "--device cpu" in calls and "verify" in calls
    assert steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb")), print) == "1.1-2"
    assert started(installed) == "1.1" and installed.current() == ("1.1-2", "1.0-1")
    words = (tmp_path / "uv.log").read_text("utf-8")
    assert "--torch-backend=cpu --require-hashes -r" in words and "--no-deps" in words
    assert not list(installed.root.rglob("check"))


@pytest.mark.parametrize("build", ["cu130", "rocm7.2", "xpu", "mps"])
def test_the_build_is_the_one_that_uv_is_asked_for(build: str, installation: Installation, tmp_path: Path) -> None:
    steps.install(installation, plan(bundle(tmp_path / "first", "1.0"), build), print)
    words = (tmp_path / "uv.log").read_text("utf-8")
    assert (f"--torch-backend={build}" in words) == (build != "mps")
    device = {"cu130": "cuda", "rocm7.2": "cuda"}.get(build, build)
    assert f"--device {device}" in (installation.version("1.0-1") / "calls").read_text("utf-8")


@pytest.mark.parametrize("step", steps.STEPS)
def test_a_kill_anywhere_leaves_a_version_that_works(step: str, installed: Installation, tmp_path: Path) -> None:
    newer = plan(bundle(tmp_path / "second", "1.1", "bbbb"))
    child = os.fork()
    if child == 0:

        def kill(now: str) -> None:
            if now == step:
                os.kill(os.getpid(), signal.SIGKILL)

        steps.install(installed, newer, print, kill)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert started(installed) == ("1.1" if step == "clean" else "1.0")
    name = steps.install(installed, newer, print)  # once more: it goes on, or begins anew
    assert started(installed) == "1.1" and installed.current() == (name, "1.0-1")
    assert installed.names() == ["1.0-1", name], "nothing half installed is left"
    environments = (tmp_path / "uv.log").read_text("utf-8").count("venv")
    assert environments == (2 if step in ("bundle", "environment", "switch", "clean") else 3)


@pytest.mark.parametrize(
    ("trouble", "verdict", "words"),
    [
        ("echo 'write error: No space left on device (os error 28)' >&2; exit 2", "true", "the disk is full"),
        ("echo 'error: Hash mismatch for torch' >&2; exit 1", "true", "a download is damaged"),
        ("echo 'error: dns error' >&2; exit 1", "true", "the package index can't be reached"),
        ("echo 'error: nobody knows' >&2; exit 1", "true", "error: nobody knows"),
        (":", "echo 'compression-studio: No CUDA device.'; exit 2", "does not pass its test.*No CUDA device"),
        ("kill -9 $$", "true", "exit status -9"),
    ],
)
def test_what_fails_changes_nothing(
    trouble: str, verdict: str, words: str, installed: Installation, tmp_path: Path
) -> None:
    with pytest.raises(RunFailed, match=words) as failed:
        steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb", verdict, trouble)), print)
    assert "version 1.0-1 stays as it is" in str(failed.value).lower() and "\n" not in str(failed.value)
    assert started(installed) == "1.0" and installed.names() == ["1.0-1"]


def test_a_disk_that_is_too_small_is_known_before_anything_is_fetched(
    installed: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = plan(bundle(tmp_path / "second", "1.1", "bbbb"))
    monkeypatch.setattr(steps.shutil, "disk_usage", lambda path: type("Usage", (), {"free": 1500})())
    with pytest.raises(RunFailed, match=r"at least 2\.00 kB are needed, and 1\.50 kB are free"):
        steps.install(installed, newer, print)
    assert started(installed) == "1.0"


@pytest.mark.parametrize("name", ["program.whl", "locks/cpu.txt", "uv"])
def test_a_damaged_installer_is_refused(name: str, installed: Installation, tmp_path: Path) -> None:
    newer = bundle(tmp_path / "second", "1.1", "bbbb")
    data = bytearray((newer.folder / name).read_bytes())
    data[-1] ^= 1
    (newer.folder / name).write_bytes(data)
    with pytest.raises(RunFailed, match="The installer is damaged"):
        steps.install(installed, plan(newer), print)
    assert started(installed) == "1.0"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 2}', "[" * 5000])
def test_a_release_that_cannot_be_read_is_a_sentence(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "release.json").write_text(text, "utf-8")
    assert main(["install", "--yes", "--folder", str(tmp_path / "data")], bundle=tmp_path) == 2
    assert "download the installer again" in capsys.readouterr().err.lower()


def test_a_program_of_other_code_is_refused(installed: Installation, tmp_path: Path) -> None:
    newer = bundle(tmp_path / "second", "1.1", "bbbb")
    release = newer.folder / "release.json"
    release.write_text(release.read_text("utf-8").replace('"code": "bbbb"', '"code": "cccc"'), "utf-8")
    with pytest.raises(RunFailed, match=r"its code is not cccc: \(code bbbb\) 1\.1"):
        steps.install(installed, plan(read(newer.folder)), print)


def test_two_installers_at_once(installed: Installation, tmp_path: Path) -> None:
    with installed.locked(), pytest.raises(BadInput, match="Another installer is at work"):
        steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb")), print)


def test_rollback_and_back(installed: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--folder", str(installed.root.parent)]
    assert main(["rollback", *folder]) == 2 and "No other version" in capsys.readouterr().err
    steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb")), print)
    for version in ("1.0", "1.1"):
        assert main(["rollback", *folder]) == 0
        assert started(installed) == version
    (installed.version("1.0-1") / "bin" / "compression-studio").unlink()
    assert main(["rollback", *folder]) == 1 and "does not start" in capsys.readouterr().err
    assert started(installed) == "1.1"
    steps.install(installed, plan(bundle(tmp_path / "third", "1.2", "cccc")), print)
    assert installed.names() == ["1.1-2", "1.2-3"] and len(list(installed.bundles.iterdir())) == 2


def test_repair_installs_once_more(installed: Installation, tmp_path: Path) -> None:
    (installed.version("1.0-1") / "bin" / "compression-studio").write_text("damaged", "utf-8")
    assert main(["repair", "--yes", "--folder", str(installed.root.parent)]) == 0
    assert started(installed) == "1.0" and installed.current()[0] == "1.0-2"
    record = installed.record("1.0-2")
    assert record is not None and record.python == "3.12.4"
    made = [line for line in (tmp_path / "uv.log").read_text("utf-8").splitlines() if line.startswith("venv")]
    assert len(made) == 2 and all("--python 3.12 " in line for line in made)


def test_uninstalling_leaves_the_persons_work(
    installed: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = installed.root.parent
    link = steps.add_link(installed)
    assert link is not None and subprocess.run([link, "--version"], capture_output=True, check=True).stdout
    (data / "runs").mkdir()
    (data / "runs" / "report.json").write_text("{}", "utf-8")
    (data / "cache").mkdir()
    assert main(["uninstall", "--folder", str(data)]) == 2 and "this is not a terminal" in capsys.readouterr().err
    assert main(["uninstall", "--yes", "--folder", str(data)]) == 0
    shown = capsys.readouterr().out
    assert f"{data / 'runs'} (2 B)" in shown and f"  {installed.root}\n" in shown
    assert [path.relative_to(data).as_posix() for path in data.rglob("*")] == ["runs", "runs/report.json"]
    assert not os.path.lexists(link)
    assert main(["status", "--folder", str(data)]) == 2 and "Nothing is installed in" in capsys.readouterr().err


def test_a_program_of_that_name_is_not_replaced(installed: Installation, tmp_path: Path) -> None:
    own = tmp_path / "person" / ".local" / "bin" / "compression-studio"
    own.parent.mkdir(parents=True)
    own.write_text("the person's", "utf-8")
    assert steps.add_link(installed) is None and own.read_text("utf-8") == "the person's"
    assert own not in steps.to_remove(installed)


def test_the_installer_says_what_it_would_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = bundle(tmp_path / "first", "1.0")
    data = tmp_path / "data"
    assert main(["--dry-run", "--backend", "cpu", "--folder", str(data)], bundle=made.folder) == 0
    shown = capsys.readouterr().out
    assert "Compression Studio 1.0 (aaaa)" in shown and "To be fetched: 1 package, 1.00 kB" in shown
    assert not data.exists()
    assert main(["--backend", "cu130", "--folder", str(data)], bundle=made.folder) == 2
    assert "choose one of: auto, cpu" in capsys.readouterr().err.lower()


def test_an_environment_knows_its_installation(installed: Installation) -> None:
    assert installation_of(str(installed.version("1.0-1"))) == installed
    assert installation_of(sys.prefix) is None


def test_the_data_folder_is_that_of_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from platformdirs import user_data_path

    for name, value in (("COMPRESSION_STUDIO_HOME", ""), ("XDG_DATA_HOME", ""), ("XDG_DATA_HOME", str(tmp_path))):
        monkeypatch.setenv(name, value)
        assert data_folder() == user_data_path("compression-studio")
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path / "named"))
    assert data_folder() == tmp_path / "named"


def test_the_room_needs_the_standard_library_alone() -> None:
    words = "import sys; before = set(sys.modules); import engine.installer.commands; print(*set(sys.modules) - before)"
    shown = subprocess.run(
        [sys.executable, "-S", "-c", words], capture_output=True, text=True, check=True
    ).stdout.split()
    foreign = {name.partition(".")[0] for name in shown} - sys.stdlib_module_names - {"engine"}
    assert not foreign
    assert {name for name in shown if name.startswith("engine.") and "installer" not in name} <= {
        *("engine.base", "engine.base.children", "engine.base.errors", "engine.base.human", "engine.version"),
    }


def test_reasons() -> None:
    assert explain(["Collecting torch", "ERROR: nothing fits", "more"])[0] == "ERROR: nothing fits"
    assert explain([]) == ("", "see the lines above")
    assert Packages().extras == ("window", "update")
