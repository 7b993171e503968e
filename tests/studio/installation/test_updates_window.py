"""The page of updates and versions: what is installed, an update with its size and news, cancel, rollback, repair,
removal, restart; all in processes of their own, with a window that stays responsive."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.base.human import bytes_text
from engine.installer import steps
from engine.installer.bundle import read, write_release
from engine.installer.job import Job
from engine.installer.layout import Installation
from engine.installer.origin import Origin
from studio.bridge import Bridge
from studio.installation.window import UpdatesWindow
from studio.shell.assembly import Studio
from tests.engine.installer.small_bundles import started, two_versions
from tests.looks import faults, unreachable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of the shell")
WAIT_MS = 60_000


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """With versions 1.0-1 and 1.1-2."""
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    return two_versions(tmp_path)


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


def opened(page: UpdatesWindow, qtbot: QtBot) -> UpdatesWindow:
    page.open_page()
    settle(page, qtbot)
    return page


def settle(page: UpdatesWindow, qtbot: QtBot) -> None:
    """Until the installer has ended, and what is installed was looked at."""
    qtbot.waitUntil(lambda: not page.is_busy, timeout=WAIT_MS)
    before = page.facts
    qtbot.waitUntil(lambda: page.facts is not before or page.facts is not None, timeout=WAIT_MS)
    qtbot.wait(150)


@pytest.fixture
def page(installed: Installation, bridge: Bridge, parent: QWidget, qtbot: QtBot) -> UpdatesWindow:
    """Of a program that the installer installed."""
    return opened(UpdatesWindow(bridge, parent, lambda: Origin("installer", installed)), qtbot)


def click(qtbot: QtBot, control: QPushButton) -> None:
    assert control.isVisible() and control.isEnabled(), control.text()
    qtbot.mouseClick(control, Qt.MouseButton.LeftButton)


def of_card(page: UpdatesWindow, name: str, text: str) -> QPushButton:
    (card,) = [card for card in page.cards if card.version.name == name]
    return next(control for control in card.buttons if control.text().startswith(text))


def test_what_is_installed(page: UpdatesWindow, installed: Installation) -> None:
    assert [card.version.name for card in page.cards] == ["1.1-2", "1.0-1"]
    current, before = page.cards
    assert current.state.text() == "current" and before.state.text() == "previous"
    assert "torch for cpu  ·  code bbbb  ·  Python 3.12.4" in current.facts.text()
    assert [b.text() for b in current.buttons] == ["Repair…"]
    assert [b.text() for b in before.buttons] == ["Roll back", "Remove…"]
    assert page.facts is not None and page.facts.code in page.about.text() and "torch " in page.about.text()
    assert str(installed.root) in page.origin.text() and not page.elsewhere.isVisible()
    assert " free on the disk" in page.sizes.text() and not page.progress.isVisible()
    assert not faults(page) and not unreachable(page)


def test_the_device_is_the_engine_s(page: UpdatesWindow) -> None:
    page._on_device({"name": "NVIDIA H100", "device": "cuda"})
    assert "computes on NVIDIA H100 (cuda)" in page.about.text()


def test_a_copy_of_another_kind(bridge: Bridge, parent: QWidget, qtbot: QtBot) -> None:
    line = "uv tool upgrade compression-studio"
    page = opened(UpdatesWindow(bridge, parent, lambda: Origin("uv tool", None, line)), qtbot)
    assert page.origin.text().startswith("This copy was installed by uv tool.")
    assert page.line.text() == line and page.line.isVisible()
    assert not page.updates.isVisible() and not page.area.isVisible() and not page.cards
    click(qtbot, page.copy)
    assert QGuiApplication.clipboard().text() == line
    assert not faults(page) and not unreachable(page)


def test_rolling_back_and_the_offer_to_restart(page: UpdatesWindow, installed: Installation, qtbot: QtBot) -> None:
    asked: list[object] = []
    page.restart_requested.connect(asked.append)
    click(qtbot, of_card(page, "1.0-1", "Roll back"))
    assert page.is_busy and not of_card(page, "1.0-1", "Roll back").isEnabled() and not page.check.isEnabled()
    settle(page, qtbot)
    assert started(installed) == "1.0" and "Version 1.0-1 is the current one" in page.banner.text()
    qtbot.waitUntil(lambda: page.cards[1].state.text() == "current")
    qtbot.waitUntil(lambda: "Restart now" in getattr(QApplication.focusWidget(), "text", str)())
    (restart,) = [b for b in page.banner.findChildren(QPushButton) if b.text() == "Restart now"]
    click(qtbot, restart)
    assert asked == [installed.launcher]


def test_repairing_while_the_window_stays_responsive(
    page: UpdatesWindow, installed: Installation, qtbot: QtBot, answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []
    waits: list[float] = []
    last = time.monotonic()

    def tick() -> None:
        nonlocal last
        waits.append(time.monotonic() - last)
        last = time.monotonic()
        texts.append(page.doing.whole())

    timer = QTimer(page, interval=5)
    timer.timeout.connect(tick)
    answers.append("cancel")
    click(qtbot, of_card(page, "1.1-2", "Repair"))
    assert not page.is_busy, "a person who thinks better of it"
    answers.append("repair")
    last = time.monotonic()
    timer.start()
    click(qtbot, of_card(page, "1.1-2", "Repair"))
    settle(page, qtbot)
    timer.stop()
    assert installed.current() == ("1.1-3", "1.1-2") and "Testing the new version: the program starts" in texts
    assert sorted(waits)[-2] < 0.5, "the installer works in a process of its own"
    assert page.bar.maximum() == len(steps.STEPS)


def test_cancel(installed: Installation, bridge: Bridge, parent: QWidget, qtbot: QtBot, answers: list[str]) -> None:
    slow = installed.bundles / "1.1-bbbb"
    (slow / "uv").write_text("#!/bin/sh\necho begun; exec sleep 60\n", "utf-8")
    plain = json.loads((slow / "release.json").read_text("utf-8"))
    del plain["files"]["uv"]
    (slow / "release.json").write_text(json.dumps(plain), "utf-8")
    page = opened(UpdatesWindow(bridge, parent, lambda: Origin("installer", installed)), qtbot)
    answers.append("repair")
    click(qtbot, of_card(page, "1.1-2", "Repair"))
    qtbot.waitUntil(lambda: page.doing.whole().endswith(": begun"), timeout=WAIT_MS)
    assert page.cancel.hasFocus() and not faults(page)
    click(qtbot, page.cancel)
    assert not page.cancel.isEnabled()
    settle(page, qtbot)
    assert page.banner.text() == "Cancelled. Nothing was changed." and started(installed) == "1.1"
    assert installed.names() == ["1.0-1", "1.1-2"]


def test_removing_says_what_it_frees(
    page: UpdatesWindow, installed: Installation, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def choose(parent: object, title: str, text: str, *rest: object, **named: object) -> str:
        asked.append(f"{title} {text}")
        return "remove"

    monkeypatch.setattr("studio.installation.window.message_boxes.choose", choose)
    click(qtbot, of_card(page, "1.0-1", "Remove"))
    settle(page, qtbot)
    assert re.search(r"Remove version 1\.0-1\? This frees [\d.]+ k?B\.", asked[0]), "paths in it may be long or short"
    qtbot.waitUntil(lambda: len(page.cards) == 1)
    assert installed.names() == ["1.1-2"] and page.banner.text() == ""


def test_a_refusal_is_shown(page: UpdatesWindow, installed: Installation, qtbot: QtBot) -> None:
    with installed.locked():
        click(qtbot, of_card(page, "1.0-1", "Roll back"))
        settle(page, qtbot)
    assert "Another installer is at work" in page.banner.text() and "Wait until it has ended" in page.banner.text()
    assert page.check.isEnabled()
    click(qtbot, page.check)
    settle(page, qtbot)
    assert "This version has no updates" in page.banner.text()


def test_an_installer_that_can_not_be_started(
    installed: Installation, bridge: Bridge, parent: QWidget, qtbot: QtBot
) -> None:
    def refuse(words: list[str]) -> Job:
        raise OSError(11, "Resource temporarily unavailable")

    page = opened(UpdatesWindow(bridge, parent, lambda: Origin("installer", installed), refuse), qtbot)
    click(qtbot, page.check)
    assert "Resource temporarily unavailable" in page.banner.text() and not page.is_busy


@pytest.fixture
def offered(installed: Installation, tmp_path: Path) -> Installation:
    """Version 1.2 is offered in a signed folder; the installed ones know its root of trust."""
    pytest.importorskip("tuf")
    pytest.importorskip("cryptography")
    from tests.engine.installer.signing import archive, signing

    sign = signing()
    folder, keys = tmp_path / "updates", tmp_path / "keys"
    sign.make_keys(keys)
    news = "# What is new in 1.2\n\n- Everything is faster.\n"
    sign.publish(folder, keys, "1.2", archive(tmp_path, "1.2", news))
    here = installed.bundles / "1.1-bbbb"
    shutil.copy2(folder / "metadata" / "root.json", here / "root.json")
    plain = json.loads((here / "release.json").read_text("utf-8"))
    facts = {key: plain[key] for key in ("version", "code", "python", "wheel", "locks", "headless")}
    write_release(here, facts, str(folder))
    read(here)
    return installed


def test_an_update_with_its_size_and_news(offered: Installation, bridge: Bridge, parent: QWidget, qtbot: QtBot) -> None:
    page = opened(UpdatesWindow(bridge, parent, lambda: Origin("installer", offered)), qtbot)
    assert not page.update_now.isVisible()
    page.check.setFocus()
    qtbot.keyClick(page.check, Qt.Key.Key_Space)
    settle(page, qtbot)
    archive = next((offered.root.parent.parent / "updates" / "targets").glob("*.zip")).stat().st_size
    assert f"Version 1.2 is available. It fetches {bytes_text(archive + 1000)} at most" in page.state.text()
    assert page.news.toPlainText().strip() == "Everything is faster." and page.update_now.hasFocus()
    assert started(offered) == "1.1", "nothing is installed before it is wanted"
    assert not faults(page) and not unreachable(page)
    qtbot.keyClick(page.update_now, Qt.Key.Key_Space)
    settle(page, qtbot)
    assert started(offered) == "1.2" and "Version 1.2-3 is the current one" in page.banner.text()
    assert offered.names() == ["1.1-2", "1.2-3"] and not page.update_now.isVisible()
    assert not list((offered.root / "updates").glob("unpacked-*")), "what was downloaded is removed"


def test_the_action_opens_the_page(studio: Studio, qtbot: QtBot) -> None:
    studio.window.table["help.updates"].trigger()
    page = studio.updates.page
    assert page is not None and page.isVisible()
    settle(page, qtbot)
    qtbot.waitUntil(lambda: page.line.text() == "git pull", timeout=WAIT_MS)
    page.close()


def test_restarting_starts_the_launcher_once_the_window_is_closed(
    studio: Studio, tmp_path: Path, answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[list[str]] = []
    monkeypatch.setattr(
        "studio.shell.updates.children.start_command", lambda command, *rest, **pipes: began.append(command)
    )
    allowed = False
    studio.window.may_close = lambda: allowed
    studio.updates.restart(tmp_path / "launcher")
    studio.updates._start()
    assert not began and studio.window.isVisible(), "the person stays"
    studio.window.close()
    allowed = True
    studio.updates.restart(tmp_path / "launcher")
    assert not began, "not before the application ends"
    studio.updates._start()
    assert began == [[str(tmp_path / "launcher")]]


def test_the_window_s_process_loads_no_torch(installed: Installation) -> None:
    script = (
        "import sys, studio.installation.window as w; from engine.installer.origin import Origin; "
        "from engine.installer.layout import Installation; from pathlib import Path\n"
        f"facts = w.read_facts(lambda: Origin('installer', Installation(Path({str(installed.root)!r}))))\n"
        "print(facts.torch, len(facts.seen.versions), sorted({'torch', 'tuf', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True, env={**os.environ}
    )
    torch, count, loaded = done.stdout.split(maxsplit=2)
    assert torch and count == "2" and loaded.strip() == "[]"
