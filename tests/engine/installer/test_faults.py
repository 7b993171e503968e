"""Faults of machines and people: full disks, kills in the middle of a step, Ctrl+C, records that are damaged, folders
where nothing can be written, programs that run while they are replaced."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.base.errors import BadInput, RunFailed
from engine.installer import environment, layout, steps
from engine.installer.bundle import read
from engine.installer.cleaning import remove_version
from engine.installer.commands import main
from engine.installer.environment import Packages
from engine.installer.layout import IN_USE, Installation, hold_version
from engine.installer.steps import Plan
from tests.engine.installer.small_bundles import bundle, plan, started

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """With version 1.0-1."""
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    installation = Installation(tmp_path / "data" / "program")
    steps.install(installation, plan(bundle(tmp_path / "first", "1.0")), print)
    return installation


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    """Version 1.0-1 on a disk of half a megabyte."""
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a disk can't be mounted here")
    try:
        installation = Installation(folder / "data" / "program")
        steps.install(installation, plan(bundle(tmp_path / "first", "1.0")), print)
        yield installation
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Take all room that is left."""
    with open(folder / "filler", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            assert error.errno == errno.ENOSPC


@pytest.mark.parametrize("step", [step for step in steps.STEPS if step != "clean"])
def test_a_disk_that_becomes_full_at_any_step(step: str, small_disk: Installation, tmp_path: Path) -> None:
    data = small_disk.root.parent

    def on_step(now: str) -> None:
        if now == step:
            fill(data)

    newer = plan(bundle(tmp_path / "second", "1.1", "bbbb"))
    with pytest.raises(RunFailed, match=r"disk is full|disk space") as failed:
        steps.install(small_disk, newer, print, on_step)
    assert "version 1.0-1 stays as it is" in str(failed.value).lower()
    assert started(small_disk) == "1.0" and small_disk.current() == ("1.0-1", "")
    assert not list(small_disk.bundles.glob(".*")), "what is half copied takes no room"
    (data / "filler").unlink()
    name = steps.install(small_disk, newer, print)
    assert started(small_disk) == "1.1" and small_disk.names() == ["1.0-1", name]


def test_a_disk_that_becomes_full_while_packages_are_written(small_disk: Installation, tmp_path: Path) -> None:
    trouble = 'dd if=/dev/zero of="$(dirname "$4")/large" bs=4096 count=1000 || exit 1'
    with pytest.raises(RunFailed, match="the disk is full"):
        steps.install(small_disk, plan(bundle(tmp_path / "second", "1.1", "bbbb", trouble=trouble)), print)
    assert started(small_disk) == "1.0" and small_disk.names() == ["1.0-1"]
    assert shutil.disk_usage(small_disk.root).free > 300_000, "what was written is removed"


def test_a_bundle_that_is_half_copied_takes_no_room(
    installed: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = plan(bundle(tmp_path / "second", "1.1", "bbbb"))
    copy, copied = shutil.copy2, 0

    def full(*arguments: Path) -> object:
        nonlocal copied
        copied += 1
        if copied == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return copy(*arguments)

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(RunFailed, match="the disk is full"):
        steps.install(installed, newer, print)
    assert [path.name for path in installed.bundles.iterdir()] == ["1.0-aaaa"]


def test_a_copy_whose_bytes_are_others_is_not_used(
    installed: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk or a memory that fails: what was checked is not what is installed from."""
    newer = plan(bundle(tmp_path / "second", "1.1", "bbbb"))
    copy = shutil.copy2

    def damaging(source: Path, target: Path) -> None:
        copy(source, target)
        if target.name == "program.whl":
            target.write_bytes(target.read_bytes()[:-1] + b"#")

    monkeypatch.setattr(shutil, "copy2", damaging)
    with pytest.raises(RunFailed, match="The installer is damaged"):
        steps.install(installed, newer, print)
    assert started(installed) == "1.0"


@pytest.mark.parametrize("key", ["locks", "headless"])
def test_a_lock_that_nobody_compares_is_refused(key: str, tmp_path: Path) -> None:
    """Its hashes decide what is installed."""
    made = bundle(tmp_path / "first", "1.0")
    plain = json.loads((made.folder / "release.json").read_text("utf-8"))
    plain[key] = {"linux-x86_64-cpu": {"file": "locks/other.txt", "bytes": 1, "packages": 1}}
    (made.folder / "release.json").write_text(json.dumps(plain), "utf-8")
    with pytest.raises(BadInput, match="There is nothing to install here"):
        read(made.folder)


def test_a_full_disk_in_the_test_of_the_program_is_named(installed: Installation, tmp_path: Path) -> None:
    verdict = "echo 'RuntimeError: No space left on device'; exit 1"
    with pytest.raises(RunFailed, match="the disk is full"):
        steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb", verdict)), print)


def test_lines_of_a_failed_test_are_shown_and_kept(installed: Installation, tmp_path: Path) -> None:
    lines: list[str] = []
    verdict = "echo 'first reason'; echo 'last line'; exit 1"
    with pytest.raises(RunFailed, match=r"last line.*the lines above"):
        steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb", verdict)), lines.append)
    assert "  first reason" in lines
    assert "  first reason\n" in installed.log.read_text("utf-8")


@pytest.mark.parametrize("number", range(12))
def test_a_kill_between_any_two_changes_of_files(number: int, installed: Installation, tmp_path: Path) -> None:
    """Before the n-th rename, removal of a folder or copy, in every step."""
    steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb")), print)
    newer = plan(bundle(tmp_path / "third", "1.2", "cccc"))
    child = os.fork()
    if child == 0:
        calls = 0

        def killing(function: object) -> object:
            def counted(*arguments: object, **named: object) -> object:
                nonlocal calls
                calls += 1
                if calls > number:
                    os.kill(os.getpid(), signal.SIGKILL)
                return function(*arguments, **named)  # type: ignore[operator]

            return counted

        for module, name in ((os, "replace"), (shutil, "rmtree"), (shutil, "copy2")):
            setattr(module, name, killing(getattr(module, name)))
        steps.install(installed, newer, print)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) in (-signal.SIGKILL, 0)
    assert started(installed) in ("1.1", "1.2")
    assert all(read(installed.bundles / installed.record(name).bundle) for name in filter(None, installed.current()))
    name = steps.install(installed, newer, print)
    assert started(installed) == "1.2" and installed.current() == (name, "1.1-2")
    assert installed.names() == ["1.1-2", name] and len(list(installed.bundles.iterdir())) == 2


def test_installing_again_never_takes_the_bundle_away(
    installed: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current version could not be repaired in between."""
    removed: list[Path] = []
    monkeypatch.setattr("engine.installer.bundle.remove", lambda path: removed.append(path))
    again = plan(bundle(tmp_path / "again", "1.0"), fresh=True)
    assert steps.install(installed, again, print) == "1.0-2" and not removed


def test_a_version_that_is_half_removed_does_not_count(installed: Installation, tmp_path: Path) -> None:
    steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb")), print)
    child = os.fork()
    if child == 0:
        shutil.rmtree = lambda path, **named: os.kill(os.getpid(), signal.SIGKILL)
        remove_version(installed, "1.0-1")
        os._exit(0)
    os.waitpid(child, 0)
    assert (installed.version("1.0-1") / "bin").is_dir() and installed.whole() == ["1.1-2"]
    with pytest.raises(BadInput, match="No other version"):
        steps.roll_back(installed)


def run_from(installation: Installation, name: str) -> subprocess.Popen[bytes]:
    """A program that runs from a version."""
    words = f"from engine.installer.layout import hold_version; hold_version({str(installation.version(name))!r})"
    words += "; print('ready', flush=True); input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([sys.executable, "-P", "-c", words], env={**os.environ}, **pipes)
    assert process.stdout is not None and process.stdout.readline() == b"ready\n"
    return process


def test_a_version_that_runs_stays_until_it_has_ended(
    installed: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rolled back to 1.0 and away from it again by two installations, while a window of 1.0 is open all the time."""
    steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb")), print)
    assert steps.roll_back(installed) == "1.0-1"
    with run_from(installed, "1.0-1") as process:
        steps.install(installed, plan(bundle(tmp_path / "third", "1.2", "cccc")), print)
        steps.install(installed, plan(bundle(tmp_path / "fourth", "1.3", "dddd")), print)
        assert installed.names() == ["1.0-1", "1.2-3", "1.3-4"] and (installed.version("1.0-1") / "bin").is_dir()
        assert (installed.bundles / "1.0-aaaa").is_dir(), "it can be repaired"
        folder = ["--folder", str(installed.root.parent)]
        assert main(["remove", "1.0-1", "--yes", *folder]) == 2 and "is running" in capsys.readouterr().err
        assert main(["uninstall", "--yes", *folder]) == 2 and "version 1.0-1 is in use" in capsys.readouterr().err
        assert main(["status", *folder]) == 0 and ", running" in capsys.readouterr().out
        process.communicate(b"\n")
    steps.install(installed, plan(bundle(tmp_path / "fifth", "1.4", "eeee")), print)
    assert installed.names() == ["1.3-4", "1.4-5"]


def test_only_installed_versions_are_held(installed: Installation, tmp_path: Path) -> None:
    hold_version(str(tmp_path))
    assert not (tmp_path / IN_USE).exists() and not installed.in_use("1.0-1")
    (installed.version("1.0-1") / IN_USE).touch()
    assert not installed.in_use("1.0-1"), "the mark alone says nothing"


def test_the_version_before_a_damaged_one_is_kept(installed: Installation, tmp_path: Path) -> None:
    steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb")), print)
    (installed.version("1.1-2") / "installed.json").write_text("{", "utf-8")
    name = steps.install(installed, plan(bundle(tmp_path / "third", "1.2", "cccc")), print)
    assert installed.current() == (name, "1.0-1") and steps.roll_back(installed) == "1.0-1"
    assert started(installed) == "1.0"


@pytest.mark.parametrize("data", [b"\xff\xfe", b"", b"\n\n", b"9.9-9\n1.0-1\n"])
def test_a_damaged_choice_is_no_traceback(
    data: bytes, installed: Installation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (installed.root / "current").write_bytes(data)
    assert main(["status", "--folder", str(installed.root.parent)]) == 2
    assert "No version is current" in capsys.readouterr().err
    steps.roll_back(installed)
    assert started(installed) == "1.0"


@pytest.mark.parametrize("text", ["[]", "{}", "[" * 5000, '{"window": 1, "checks": 1}', "\udcff"])
def test_a_damaged_record_is_a_version_that_is_not_whole(text: str, installed: Installation) -> None:
    path = installed.version("1.0-1") / "installed.json"
    path.write_text(text, "utf-8", "surrogateescape")
    assert installed.record("1.0-1") is None


def test_a_record_of_a_newer_program_is_read(installed: Installation) -> None:
    """Else a rollback to this one would take the newer version for half installed, and remove it."""
    path = installed.version("1.0-1") / "installed.json"
    before = installed.record("1.0-1")
    path.write_text(path.read_text("utf-8").replace("{", '{"later": [1], ', 1), "utf-8")
    assert before is not None and installed.record("1.0-1") == before


@pytest.mark.parametrize("version", ["0.2.0.dev1", "1.1.post1", "1.1+local"])
def test_versions_of_every_form_are_listed(version: str, installed: Installation, tmp_path: Path) -> None:
    name = steps.install(installed, plan(bundle(tmp_path / "second", version, "bbbb")), print)
    assert installed.names() == ["1.0-1", name] == ["1.0-1", f"{version}-2"]
    assert steps.install(installed, plan(bundle(tmp_path / "third", "1.2", "cccc")), print) == "1.2-3"


def test_the_end_of_the_installer_ends_what_it_started(installed: Installation, tmp_path: Path) -> None:
    """Ctrl+C while uv works: uv does not go on alone, nothing is left, the version that works stays."""
    trouble = f"echo $$ > {tmp_path}/pid; echo begun; exec sleep 60"
    made = plan(bundle(tmp_path / "second", "1.1", "bbbb", trouble=trouble))

    def interrupt(line: str) -> None:
        if line.strip() == "begun":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        steps.install(installed, made, interrupt)
    number = int((tmp_path / "pid").read_text("utf-8"))
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)
    assert started(installed) == "1.0" and installed.names() == ["1.0-1"]


def test_ctrl_c_after_the_switch_is_too_late(installed: Installation, tmp_path: Path) -> None:
    def interrupt(step: str) -> None:
        if step == "clean":
            raise KeyboardInterrupt

    newer = plan(bundle(tmp_path / "second", "1.1", "bbbb"))
    assert steps.install(installed, newer, print, interrupt) == "1.1-2", "it must not say that nothing was changed"
    assert started(installed) == "1.1"


def test_what_can_not_be_removed_after_the_switch_is_no_failure(
    installed: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb")), print)

    tried: list[Path] = []

    def refuse(path: Path) -> None:
        tried.append(path)
        raise RunFailed("A folder can't be removed")

    monkeypatch.setattr("engine.installer.cleaning.remove", refuse)
    assert steps.install(installed, plan(bundle(tmp_path / "third", "1.2", "cccc")), print) == "1.2-3" and tried


def test_a_folder_where_nothing_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    made = bundle(tmp_path / "first", "1.0")
    words = ["--backend", "cpu", "--yes", "--folder", str(tmp_path / "file" / "data")]
    assert main(words, bundle=made.folder) == 1
    assert "The folder can't be used" in capsys.readouterr().err


def test_locks_that_can_not_be_had_are_not_another_installer(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(RunFailed, match="No locks available"), installed.locked():
        pass


def test_a_link_that_can_not_be_made_is_no_failure(installed: Installation, tmp_path: Path) -> None:
    (tmp_path / "person").write_text("not a folder", "utf-8")
    assert steps.add_link(installed) is None


def test_uv_of_an_installer_serves_later_bundles_without_one(installed: Installation, tmp_path: Path) -> None:
    """As archives of updates are, on a machine without uv."""
    newer = bundle(tmp_path / "second", "1.1", "bbbb", uv=False)
    assert not (newer.folder / "uv").exists() and steps.install(installed, plan(newer), print) == "1.1-2"
    third = bundle(tmp_path / "third", "1.2", "cccc", uv=False)
    assert steps.install(installed, plan(third), print) == "1.2-3" and started(installed) == "1.2"


def test_folders_that_vanish_are_not_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`uv run` puts the interpreter of the bootstrap on PATH: an environment made of it would be broken at its end."""
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "installer.pyz")])
    monkeypatch.setenv("PATH", f"{tmp_path}/python/3.14/bin:/usr/bin:{tmp_path}")
    assert environment.clean()["PATH"] == "/usr/bin"
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "compression-studio")])
    assert environment.clean()["PATH"].startswith(str(tmp_path))


def test_extras_that_no_lock_has_are_installed_and_kept(installed: Installation, tmp_path: Path) -> None:
    made = bundle(tmp_path / "second", "1.0")
    more = Packages(("update", "hub"))
    name = steps.install(installed, Plan(made, "cpu", made.locks["linux-x86_64-cpu"], more), print)
    assert name == "1.0-2", "the same version without the extra is not enough"
    assert "compression-studio[hub] @ file://" in (tmp_path / "uv.log").read_text("utf-8")
    assert steps.repair(installed, print) == "1.0-3"
    record = installed.record("1.0-3")
    assert record is not None and record.extras == ("update", "hub") and not record.window
    assert (tmp_path / "uv.log").read_text("utf-8").count("[hub]") == 2


def test_the_room_of_versions_that_are_gone_is_free(installed: Installation, tmp_path: Path) -> None:
    """uv links the files of environments to those of its cache."""
    steps.install(installed, plan(bundle(tmp_path / "second", "1.1", "bbbb")), print)
    for name, version in (("old", "1.0-1"), ("new", "1.1-2")):
        archive = installed.root / "cache" / "archive-v0" / name
        archive.mkdir(parents=True)
        (archive / "torch.so").write_bytes(bytes(1000))
        os.link(archive / "torch.so", installed.version(version) / "torch.so")
    remove_version(installed, "1.0-1")
    assert [path.name for path in (installed.root / "cache" / "archive-v0").iterdir()] == ["new"]
    assert installed.names() == ["1.1-2"] and [path.name for path in installed.bundles.iterdir()] == ["1.1-bbbb"]


def test_an_uninstalled_folder_is_not_locked_by_who_came_late(installed: Installation) -> None:
    stale = open(installed.root / "lock", "a+b")  # noqa: SIM115
    with stale:
        steps.uninstall(installed)
        assert not installed.root.exists()
        layout._lock(stale.fileno())
        with installed.locked():
            assert installed.root.is_dir()
