"""Twenty screens look as they did: against the pictures and lists in `golden`.

Where a change is meant, take them anew with ``python tests/studio/golden_screens.py tests/studio/golden`` and look at
what git says of the lists. Pictures are of squares' mean colors with letters that are boxes, so that other machines and
other versions of Qt give the same; other systems draw their frames and menus in another way.
"""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
TILE = 16
FAR = 20
"""Of 255: a square whose mean color differs by more is another one."""
FEW = 4
"""Squares that may be others: edges that a version of Qt draws a shade lighter."""
MOVED = 8
"""Pixels that a thing may move or grow."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="golden screens are of Linux")


@pytest.fixture(scope="module")
def screens(filled_once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """All screens as they are now."""
    return filled_once("golden screens", _draw)


def _draw(folder: Path) -> None:
    command = [sys.executable, str(HERE / "golden_screens.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


def differences(now: Path, golden: Path) -> list[str]:
    """What is seen on one screen and not on the other, a sentence each; ``now`` and ``golden`` without ending."""
    return [*_things(_read(now), _read(golden)), *_squares(_read(now), _pixels(now), _pixels(golden))]


def _read(screen: Path) -> list[tuple[str, tuple[int, ...]]]:
    """What is seen, and where: x, y, width, height in pixels."""
    found = []
    for line in screen.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        corner, size, thing = line.split(" ", 2)
        found.append((thing, tuple(map(int, (*corner.split(","), *size.split("x"))))))
    return found


def _things(now: list[tuple[str, tuple[int, ...]]], golden: list[tuple[str, tuple[int, ...]]]) -> list[str]:
    found, places, wanted = [], defaultdict(list), defaultdict(list)
    for thing, place in now:
        places[thing].append(place)
    for thing, place in golden:
        wanted[thing].append(place)
    for thing in wanted.keys() | places.keys():
        here, there = places[thing], wanted[thing]
        if len(here) != len(there):
            found.append(f"“{thing}” is there {len(here)} times, not {len(there)}")
            continue
        for one, other in zip(here, there, strict=True):
            if max(abs(a - b) for a, b in zip(one, other, strict=True)) > MOVED:
                found.append(f"“{thing}” is at {one}, not at {other}")
    return sorted(found)


def _squares(now: list[tuple[str, tuple[int, ...]]], picture: np.ndarray, golden: np.ndarray) -> list[str]:
    if picture.shape != golden.shape:
        return [f"it has {picture.shape[1]} x {picture.shape[0]} squares, not {golden.shape[1]} x {golden.shape[0]}"]
    far = np.argwhere(np.abs(picture.astype(int) - golden).max(axis=2) > FAR)
    if len(far) <= FEW:
        return []
    x, y = (int(far[0][1]) + 0.5) * TILE, (int(far[0][0]) + 0.5) * TILE
    at = [thing for thing, (left, top, width, height) in now if left <= x < left + width and top <= y < top + height]
    return [
        f"{len(far)} squares have other colors, the first at {x:g}, {y:g}" + "".join(f", in “{t}”" for t in at[-1:])
    ]


def _pixels(screen: Path) -> np.ndarray:
    image = QImage(str(screen.with_suffix(".png"))).convertToFormat(QImage.Format.Format_RGB888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return pixels[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def test_twenty_screens_look_as_they_did(screens: Path) -> None:
    names = sorted(path.stem for path in GOLDEN.glob("*.png"))
    assert len(names) >= 20
    assert names == sorted(path.stem for path in screens.glob("*.png") if not path.stem.startswith("wrong-"))
    found = {name: differences(screens / name, GOLDEN / name) for name in names}
    assert not {name: what for name, what in found.items() if what}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("wrong-less", "Search methods"),
        ("wrong-word", "“QToolButton Start” is there 1 times"),
        ("wrong-color", "colors"),
    ],
)
def test_what_changes_is_found(screens: Path, name: str, told: str) -> None:
    """A panel that is gone, another word on a button, another color of what is to be clicked first."""
    found = differences(screens / name, GOLDEN / "build-done")
    assert any(told in sentence for sentence in found)
    assert name != "wrong-color" or len(found) == 1
