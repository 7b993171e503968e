"""Commands of the installer as processes of a window: what they tell, a cancel, an end that nobody expected; where the
program came from."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.installer import steps
from engine.installer.commands import STEPS, main
from engine.installer.job import LAST_KINDS, Job
from engine.installer.layout import Installation
from engine.installer.origin import Origin, origin
from engine.installer.overview import overview
from tests.engine.installer.small_bundles import bundle, started, two_versions

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """With versions 1.0-1 and 1.1-2."""
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    return two_versions(tmp_path)


def words(installation: Installation, *command: str) -> list[str]:
    return [*command, "--folder", str(installation.root.parent)]


def test_every_step_has_words() -> None:
    assert set(STEPS) == set(steps.STEPS)


def test_a_command_tells_its_steps_and_its_end(installed: Installation) -> None:
    events = list(Job(words(installed, "repair", "--yes")).events())
    told = [event["text"] for event in events if event["kind"] == "step"]
    assert told == list(STEPS.values()) and events[-1] == {"kind": "done", "current": "1.1-3"}
    assert {"kind": "line", "text": "the program starts"} in events
    assert [event["number"] for event in events if event["kind"] == "step"] == list(range(1, len(STEPS) + 1))


@pytest.mark.parametrize(
    ("command", "end"),
    [
        (("rollback",), {"kind": "done", "current": "1.0-1"}),
        (("remove", "1.0-1", "--yes"), {"kind": "done", "removed": "1.0-1"}),
    ],
)
def test_short_commands(command: tuple[str, ...], end: dict[str, str], installed: Installation) -> None:
    assert list(Job(words(installed, *command)).events())[-1] == end


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("1.1-2", "is the current one"),
        ("7-7", "Version 7-7 is not installed"),
        ("../x", "Version ../x is not installed"),
    ],
)
def test_refusals_are_sentences(version: str, why: str, installed: Installation) -> None:
    event = list(Job(words(installed, "remove", version, "--yes")).events())[-1]
    assert event["kind"] == "failed" and why in event["text"] and event["advice"]
    assert installed.whole() == ["1.0-1", "1.1-2"]


def test_cancel_ends_a_long_step_and_leaves_the_version_that_works(installed: Installation) -> None:
    """The step waits in a system call for a program that says nothing: uv that downloads."""
    uv = installed.bundles / "1.1-bbbb" / "uv"
    release = installed.bundles / "1.1-bbbb" / "release.json"
    slow = uv.read_text("utf-8").replace('case "$1 $2" in', 'echo begun; exec sleep 60\ncase "$1 $2" in')
    uv.write_text(slow, "utf-8")
    plain = json.loads(release.read_text("utf-8"))
    del plain["files"]["uv"]
    release.write_text(json.dumps(plain), "utf-8")
    job = Job(words(installed, "repair", "--yes"))
    begun, last = 0.0, {}
    for last in job.events():
        if last.get("text") == "begun":
            time.sleep(0.5)  # it waits in the system call by now
            begun = time.monotonic()
            job.cancel()
            job.cancel()
    assert last["kind"] == "cancelled" and last["text"] == "Cancelled. Nothing was changed." and begun
    assert time.monotonic() - begun < 30
    assert started(installed) == "1.1" and installed.names() == ["1.0-1", "1.1-2"]


def test_the_reader_may_go_away(installed: Installation) -> None:
    """A window that is closed: what was begun is finished."""
    job = Job(words(installed, "repair", "--yes"))
    process = job._process
    assert process.stdin is not None and process.stdout is not None
    process.stdin.close()
    process.stdout.close()
    assert process.wait(60) == 0
    assert installed.current()[0] == "1.1-3"


def test_an_unexpected_end_is_a_failure(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    traceback = [sys.executable, "-P", "-c", "raise SystemError('broken')"]
    monkeypatch.setattr("engine.installer.job._program", lambda: traceback)
    event = list(Job(["status"]).events())[-1]
    assert event["kind"] == "failed" and event["text"].endswith("SystemError: broken") and event["kind"] in LAST_KINDS


def test_the_installer_s_own_file_starts_itself(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(installed.root / "installer.pyz")])
    monkeypatch.setattr("engine.installer.job.children.start_command", lambda command, *rest, **pipes: command)
    assert Job(["status"])._process == [  # type: ignore[comparison-overlap]
        sys.executable,
        "-P",
        str(installed.root / "installer.pyz"),
        "status",
        "--events",
    ]


def test_sizes_of_versions(installed: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that both have is linked three times, with uv's cache: removing one version frees nothing of it."""
    cache = installed.root / "cache" / "archive-v0" / "torch"
    cache.mkdir(parents=True)
    (cache / "torch.so").write_bytes(bytes(500_000))
    for name in installed.names():
        os.link(cache / "torch.so", installed.version(name) / "torch.so")
    (installed.version("1.0-1") / "own").write_bytes(bytes(200_000))
    seen = overview(installed)
    old, new = seen.versions
    assert seen.current == new and (old.mark, new.mark) == ("before", "current")
    assert 700_000 < old.bytes < 710_000 and 200_000 < old.own < 210_000
    assert 700_000 < seen.bytes < 750_000, "a file counts once"
    assert main(words(installed, "status")) == 0
    shown = capsys.readouterr().out
    assert "1.1-2       current     cpu, code bbbb" in shown and "free on the disk" in shown


class Metadata(importlib.metadata.Distribution):
    """Files beside the metadata of a distribution."""

    def __init__(self, **files: str) -> None:
        self.files_ = files

    def read_text(self, filename: str) -> str | None:
        return self.files_.get(filename.partition(".")[0])

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


@pytest.mark.parametrize(
    ("kind", "files", "by", "line"),
    [
        ("uv tool", ["uv-receipt.toml"], "uv", "uv tool upgrade compression-studio"),
        ("pipx", ["pipx_metadata.json"], "pip", "pipx upgrade compression-studio"),
        ("conda", ["conda-meta/history"], "pip", "-m pip install --upgrade"),
        ("uv", [], "uv", "uv pip install --python"),
        ("pip", [], "pip", "-m pip install --upgrade"),
        ("unknown", [], "dpkg", ""),
    ],
)
def test_origins(kind: str, files: list[str], by: str, line: str, tmp_path: Path) -> None:
    for name in files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("", "utf-8")
    found = origin(str(tmp_path), Metadata(INSTALLER=f"{by}\n"))
    assert found.kind == kind and line in found.command and bool(line) == bool(found.command)
    assert str(found).startswith("This copy was installed ")


def test_more_origins(installed: Installation, tmp_path: Path) -> None:
    editable = Metadata(direct_url='{"dir_info": {"editable": true}}')
    assert origin(str(tmp_path), editable).kind == "sources" and origin().kind == "sources", "this clone"
    cached = tmp_path / "uv" / "archive-v0" / "Xy3"
    assert origin(str(cached), Metadata(INSTALLER="uv")).command.startswith("uvx --refresh")
    assert origin(str(installed.version("1.1-2"))) == Origin("installer", installed)
    assert "[window]" in origin(str(tmp_path), Metadata(INSTALLER="pip")).command


def test_a_copy_of_another_kind_says_what_updates_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPRESSION_STUDIO_HOME", str(tmp_path))
    assert main(["update"]) == 2
    assert "not installed by the installer" in (shown := capsys.readouterr().err) and "Update it by: git pull" in shown


def test_the_end_of_the_input_is_a_no(tmp_path: Path) -> None:
    """Ctrl+D at the question, in a terminal."""
    made = bundle(tmp_path / "first", "1.0")
    script = "import sys; from engine.installer.commands import main; from pathlib import Path\n"
    script += f"sys.exit(main(['--folder', {str(tmp_path / 'data')!r}], bundle=Path({str(made.folder)!r})))"
    ours, theirs = os.openpty()
    pipes = {"stdin": theirs, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen([sys.executable, "-P", "-c", script], **pipes) as process:
        os.write(ours, b"\x04")
        assert process.stdout is not None
        shown = process.stdout.read().decode()
    for descriptor in (ours, theirs):
        os.close(descriptor)
    assert process.returncode == 130 and "Traceback" not in shown and "Cancelled. Nothing was changed." in shown
    for words_ in ("This machine: ", " of memory", "Build of torch: ", "Build to install ["):
        assert words_ in shown
