"""The installer's own file on a desktop without a terminal: its window is driven by keys, as a person does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.installer import question
from engine.installer.bundle import Bundle, read, write_release
from engine.installer.hardware import Machine
from engine.installer.job import Event
from engine.installer.layout import Installation
from engine.installer.offer import Offer
from tests.engine.installer.signing import packaging
from tests.engine.installer.small_bundles import bundle, started

needs_screen = pytest.mark.skipif(
    not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool"
)
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")
SECONDS = 60.0


@pytest.fixture
def display() -> Iterator[str]:
    """A screen of 1280x720 without a desktop."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x720x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with open(reading, "rb") as file:
            number = file.readline().strip().decode()
        yield f":{number}"
        server.terminate()


@pytest.fixture
def made(tmp_path: Path) -> Bundle:
    """A bundle with the installer's own file, as `.packaging/bundle.py` makes it; uv takes a second."""
    folder = bundle(tmp_path / "bundle", "1.0", trouble="echo Downloading torch; sleep 1").folder
    packaging("bundle").write_installer(folder / "installer.pyz")
    locks = {"linux-x86_64-cpu": {"file": "locks/cpu.txt", "bytes": 1000, "packages": 1}}
    write_release(folder, {"version": "1.0", "code": "aaaa", "python": "3.12", "wheel": "program.whl", "locks": locks})
    return read(folder)


class Person:
    """Somebody in front of that screen. ``process``: the installer, without a terminal."""

    def __init__(self, made: Bundle, display: str, tmp_path: Path) -> None:
        self.environment = {**os.environ, "DISPLAY": display, "HOME": str(tmp_path / "person")}
        self.environment.pop("PYTHONPATH", None)
        command = [sys.executable, "-P", str(made.folder / "installer.pyz"), "--folder", str(tmp_path / "data")]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(command, env=self.environment, **pipes)
        self.until(lambda: self.do("search", "--onlyvisible", "--name", "Compression Studio", "windowfocus"))

    def do(self, *words: str) -> bool:
        """One command of xdotool."""
        done = subprocess.run(["xdotool", *words], env=self.environment, capture_output=True, check=False)
        return done.returncode == 0

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until it is so."""
        end = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < end and self.process.poll() is None, "the installer has ended"
            time.sleep(0.05)

    def end(self) -> tuple[int, str]:
        """Press Escape until the window is closed: exit status of the installer, and what it printed."""
        end = time.monotonic() + SECONDS
        while self.process.poll() is None and time.monotonic() < end:
            self.do("key", "Escape")
            time.sleep(0.3)
        shown, _ = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, shown.decode()


@needs_screen
def test_a_person_installs_by_keys(made: Bundle, display: str, tmp_path: Path) -> None:
    pytest.importorskip("tkinter")
    person = Person(made, display, tmp_path)
    assert not (tmp_path / "data").exists(), "nothing is done before it is wanted"
    time.sleep(0.3)
    person.do("key", "Return")
    installation = Installation(tmp_path / "data" / "program")
    commands = tmp_path / "person" / ".local" / "bin"
    person.until(lambda: installation.current()[0] and commands.is_dir())
    time.sleep(1.0)  # Escape cancels until the last step is done
    status, shown = person.end()
    assert status == 0, shown
    assert started(installation) == "1.0" and commands.is_dir()


@needs_screen
def test_a_person_cancels_by_keys(made: Bundle, display: str, tmp_path: Path) -> None:
    pytest.importorskip("tkinter")
    slow = (made.folder / "uv").read_text("utf-8").replace("sleep 1", "exec sleep 60")
    (made.folder / "uv").write_text(slow, "utf-8")
    locks = {"linux-x86_64-cpu": {"file": "locks/cpu.txt", "bytes": 1000, "packages": 1}}
    write_release(
        made.folder, {"version": "1.0", "code": "aaaa", "python": "3.12", "wheel": "program.whl", "locks": locks}
    )
    person = Person(made, display, tmp_path)
    time.sleep(0.3)
    person.do("key", "Return")
    log = tmp_path / "data" / "program" / "installer.log"
    person.until(lambda: log.is_file() and "Downloading torch" in log.read_text("utf-8"))
    status, shown = person.end()
    assert status == 130 and "Nothing was changed" in shown
    assert Installation(tmp_path / "data" / "program").names() == []


@needs_screen
def test_builds_that_do_not_run_can_not_be_installed(
    made: Bundle, display: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tkinter = pytest.importorskip("tkinter")
    monkeypatch.setenv("DISPLAY", display)
    assert question.can_be_shown()
    machine = Machine("Linux", "x86_64", libc="glibc 2.39", memory=24 << 30)
    offer = Offer(made, machine, Installation(tmp_path / "data" / "program"))

    class Failing:
        def __init__(self, words: object) -> None:
            asked.append(words)

        def events(self) -> Iterator[Event]:
            yield {"kind": "step", "number": 3, "of": 7, "text": "Fetching"}
            yield {"kind": "failed", "text": "The disk is full."}

    asked: list[object] = []
    root = tkinter.Tk()
    window = question.Window(root, offer, offer.choose(""), ["--extra", "hub"], Failing)
    root.update()
    assert "24 GiB of memory: no GPU" in offer.heading and "1 package, 1.00 kB" in window.about.cget("text")
    window.build.set("mps")
    window._on_build()
    assert str(window.start.cget("state")) == "disabled" and "Unknown build" in window.about.cget("text")
    window.build.set("cpu")
    window._on_build()
    window.install()
    window.install()
    end = time.monotonic() + SECONDS
    while not window.ended and time.monotonic() < end:
        root.update()
    assert asked == [["install", "--backend", "cpu", "--yes", "--extra", "hub"]], "once"
    assert (window.ended, window.state.cget("text"), window.stop.cget("text")) == (
        "failed",
        "The disk is full.",
        "Close",
    )
    root.destroy()


def test_without_a_screen_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not question.can_be_shown()
    monkeypatch.setenv("DISPLAY", ":nowhere")
    assert not question.can_be_shown()
