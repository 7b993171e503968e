"""A person at the window: the real program on a screen of its own, a real pointer and real keys.

    python tests/benchmarks/person.py [WAY …] [--size 1280x720] [--scale 2] [--theme light] [--pictures FOLDER]

Ways: ``export`` (the sample to 4 bits, exported as GGUF), ``sweep`` (that GGUF, a sweep of formats, the Pareto front,
the best exported), ``branches`` (branch, bypass, A and B), ``crash`` (killed in a training, opened again, resumed),
``walk`` (drag, undo, check, run, cancel, home and back, every panel, export).
All of them, in this order, where none is named.

Needs Xvfb, openbox and xdotool. The program runs in a process of its own (`eyes.py`), which is asked where things are
and what came of it, and is told nothing: whatever happens comes from the pointer and the keys. Every step waits for
what should come of it; exit status 1 names the step that failed. With --pictures the screen is saved after each.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WAIT_SECONDS = 1200.0


class StuckError(Exception):
    """What should have come did not."""


class Screen:
    """An X server with a window manager."""

    def __init__(self, width: int, height: int) -> None:
        reading, writing = os.pipe()
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        words = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(words, pass_fds=[writing], **quiet)
        os.close(writing)
        with os.fdopen(reading) as told:  # the number of the display that it took, once it serves it
            self.name = f":{told.readline().strip()}"
        self._manager = subprocess.Popen(["openbox"], env={**os.environ, "DISPLAY": self.name}, **quiet)

    def close(self) -> None:
        """Take it down."""
        for process in (self._manager, self._server):
            process.terminate()
            process.wait(10)


class Person:
    """Has eyes (questions to the program), hands (xdotool) and patience."""

    def __init__(self, screen: Screen, home: Path, arguments: argparse.Namespace) -> None:
        self.screen, self.home, self.arguments = screen, home, arguments
        self.step = 0
        self.open()

    # -- program ------------------------------------------------------------------------------------------------------
    def open(self) -> None:
        """Start it and wait until it can be seen."""
        self.home.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "DISPLAY": self.screen.name, "QT_QPA_PLATFORM": "xcb"}
        environment |= {"COMPRESSION_STUDIO_HOME": str(self.home), "QT_SCALE_FACTOR": self.arguments.scale}
        environment |= {"PERSON_SIZE": self.arguments.size, "PYTHONPATH": str(ROOT)}
        self.program = subprocess.Popen(
            [sys.executable, "-u", str(Path(__file__).with_name("eyes.py"))],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.wait("the window", "s.window.isVisible() and s.window.isActiveWindow()")

    def close(self) -> None:
        """End it, whatever it does."""
        if self.program.poll() is None:
            self.program.kill()
        self.program.wait(30)

    def ask(self, question: str) -> Any:
        """What an expression of `eyes.py` is now."""
        assert self.program.stdin is not None and self.program.stdout is not None
        self.program.stdin.write(question + "\n")
        self.program.stdin.flush()
        line = self.program.stdout.readline()
        if not line:
            raise StuckError(f"the program is gone ({self.program.wait()})")
        answer = json.loads(line)
        if "error" in answer:
            raise StuckError(f"{question}: {answer['error']}")
        return answer["value"]

    def wait(self, what: str, question: str) -> Any:
        """Until it holds."""
        end = time.monotonic() + WAIT_SECONDS
        while not (found := self.ask(question)):
            if time.monotonic() > end:
                raise StuckError(what)
            time.sleep(0.1)
        return found

    # -- hands --------------------------------------------------------------------------------------------------------
    def hand(self, *words: object) -> None:
        """One movement of the hand."""
        environment = {**os.environ, "DISPLAY": self.screen.name}
        subprocess.run(["xdotool", *map(str, words)], check=True, env=environment)

    def point(self, target: str) -> None:
        """Move the pointer to a thing: its text or name, or an expression in brackets."""
        question = target[1:-1] if target.startswith("[") else f"where({target!r})"
        x, y = self.wait(f"“{target}” can be seen", question)
        self.hand("mousemove", "--sync", x, y)

    def click(self, target: str, *, times: int = 1) -> None:
        """With the left button."""
        self.point(target)
        self.hand("click", "--repeat", times, "--delay", 60, 1)

    def drag(self, what: str, onto: str) -> None:
        """From one thing to another, in a few steps."""
        self.point(what)
        self.hand("mousedown", 1)
        x, y = self.ask(onto[1:-1])
        for dx, dy in ((-80, -20), (-20, -6), (0, 0)):
            self.hand("mousemove", "--sync", x + dx, y + dy)
            time.sleep(0.1)
        self.look("dragging")
        self.hand("mouseup", 1)

    def key(self, *keys: str) -> None:
        """Keys, one after the other, where the focus is."""
        for each in keys:
            self.hand("key", "--clearmodifiers", each)
            time.sleep(0.05)

    def type(self, text: str) -> None:
        """Letters, where the focus is."""
        self.hand("type", "--delay", 15, text)

    def look(self, name: str) -> None:
        """A picture of the screen."""
        self.step += 1
        print(f"{self.step:2d}  {name}", flush=True)
        if self.arguments.pictures is not None:
            time.sleep(0.4)
            path = self.arguments.pictures / f"{self.step:02d}-{name.replace(' ', '-')}.png"
            command = ["import", "-display", self.screen.name, "-window", "root", str(path)]
            subprocess.run(command, check=True)

    # -- what people do again and again -------------------------------------------------------------------------------
    def choose(self, block: str) -> None:
        """Click a card; again, and saying so, where the first click did nothing."""
        for attempt in range(3):
            self.click(f"[block({block!r})]")
            end = time.monotonic() + 10
            while time.monotonic() < end:
                if self.ask(f"s.session.selection == [{block!r}]"):
                    return
                time.sleep(0.1)
            print(f"    the click on {block} selected nothing ({attempt + 1})", flush=True)
        raise StuckError(f"{block} is selected")

    def source(self) -> str:
        """The id of the model's block."""
        return str(self.ask("next(b.id for b in s.document.pipeline.blocks if b.method == 'model')"))

    def measure_little(self) -> None:
        """Two windows of the text, in the form of the pipeline (nothing is selected)."""
        self.click("[where('Seed', True)]")
        for _ in range(30):  # from field to field, which also scrolls
            if self.ask("focused()") == "Windows":
                break
            self.key("Tab")
        self.key("ctrl+a")
        self.type("2")
        self.key("Tab")
        self.wait("two windows", "s.document.pipeline.evaluation.num_windows == 2")

    def run(self, results: int) -> None:
        """F5 and wait for the end."""
        before = self.ask("s.runs.run and s.runs.run.id")
        self.key("F5")
        self.wait("a run begins", f"(s.runs.run and s.runs.run.id) != {before!r}")
        self.look("running")
        self.wait("the run ends", "s.runs.run.is_over")
        if self.ask("s.runs.run.state") != "done":
            raise StuckError("the run is done: " + str(self.ask("s.run_panel.banner.text()")))
        self.wait(f"{results} results", f"len(s.session.results()) == {results}")

    def export(self, what: str, into: Path) -> None:
        """Write the result that is chosen in a format, and have it verified."""
        self.wait(
            "formats are offered", "s.export_panel._formats.count() and not s.export_panel._formats_request.is_open"
        )
        self.click("Formats")
        self.type(what)  # the list goes to what is typed, in view or not
        self.wait(f"{what} is chosen", f"s.export_panel.format and s.export_panel.format.title == {what!r}")
        self.wait("the format can be written", "s.export_panel._go.isEnabled()")
        self.click("Folder")
        self.key("ctrl+a")
        self.type(str(into))
        self.look(f"export {what}")
        self.click("Export and verify")
        self.wait("the export begins", "s.export_panel._job.is_open or s.export_panel.result._title.text()")
        self.wait("the export ends", "not s.export_panel._job.is_open")
        title = self.ask("s.export_panel.result._title.text()")
        self.look("exported")
        if "erified" not in title:
            raise StuckError(f"it is verified: {title} {self.ask('s.export_panel.banner.text()')}")


# -- ways ----------------------------------------------------------------------------------------------------------
def export(person: Person, folder: Path) -> None:
    """The sample, 4 bits, a GGUF of it."""
    begin(person)
    person.run(results=2)
    person.look("done")
    person.key("Tab")
    person.key("ctrl+e")
    person.export("GGUF", folder / "exported")


def begin(person: Person) -> None:
    """The sample, as it comes, from the home page."""
    if not person.ask("s.window.on_welcome"):
        person.key("ctrl+shift+n")
    person.wait("the home page", "s.window.on_welcome")
    person.look("home")
    person.click("Try the sample")
    person.wait("an answer", 'where("Don\'t save") or not s.window.on_welcome')
    if person.ask('where("Don\'t save")'):
        person.click("Don't save")
    person.wait("the sample is open", "len(s.document.pipeline.blocks) == 2 and not s.window.on_welcome")
    person.look("sample")
    person.measure_little()


def sweep(person: Person, folder: Path) -> None:
    """A GGUF, three formats of weights at once, the Pareto front, the best of them written."""
    gguf = next((folder / "exported").glob("*.gguf"), None)
    if gguf is None:
        export(person, folder)
        gguf = next((folder / "exported").glob("*.gguf"))
    person.key("ctrl+n")
    person.click("Don't save")
    person.wait("an empty canvas", "not s.document.pipeline.blocks")
    person.key("ctrl+shift+o")
    person.wait("the dialog of models", "dialog('ModelDialog') and dialog('ModelDialog').isActiveWindow()")
    person.click("Model")
    person.type(str(gguf))
    person.wait("its structure", "dialog('ModelDialog') and dialog('ModelDialog')._model")
    person.look("open model")
    person.click("Add to the canvas")
    person.wait("it is on the canvas", "len(s.document.pipeline.blocks) == 1 and s.window.isActiveWindow()")
    person.key("Escape")
    person.wait("the pipeline's form", "not s.session.selection")
    person.measure_little()
    person.choose(person.source())
    person.key("slash")
    person.type("round to nearest")
    person.key("Return")
    person.wait("the method follows", "len(s.document.pipeline.blocks) == 2")
    person.look("added")
    person.point("Format")
    person.click("Try several values of Format")
    person.type("int8, int4, int3")
    person.look("sweep")
    person.key("Return")
    person.wait("three branches", "len(s.document.pipeline.blocks) == 4")
    person.wait("they are one card", "len(s.canvas.pipeline_scene.groups) == 1")
    person.look("branches")
    person.run(results=4)
    person.look("swept")
    person.key("alt+8")
    person.wait("the table", "s.window.workspace.panel('results').model.rowCount() >= 4")
    person.look("results")
    person.click("Pareto")
    person.look("pareto")
    best = person.ask(
        "min((b for b in s.session.results() if b.id != s.session.results()[0].id), "
        "key=lambda b: b.metrics['perplexity']).id"
    )
    person.key("F4")
    person.choose(best)
    person.key("ctrl+e")
    person.wait("the best is chosen", f"s.export_panel._stage.currentData() and s.session.selection == [{best!r}]")
    person.export("GGUF", folder / "best")


def branches(person: Person, folder: Path) -> None:
    """Two rotations of the sample beside each other; one left out and taken in again; A and B."""
    begin(person)
    other = person.ask("s.document.pipeline.blocks[1].id")
    person.choose(person.source())
    person.key("slash")
    person.type("spinquant")
    person.key("Return")
    person.wait("a rotation", "any(b.method == 'spinquant' for b in s.document.pipeline.blocks)")
    person.click("Quick")
    person.look("rotation")
    person.choose(other)
    person.key("ctrl+shift+d")
    person.wait("a branch", "len(s.document.pipeline.blocks) == 4")
    person.key("b")
    person.wait("left out", "any(b.bypassed for b in s.document.pipeline.blocks)")
    person.look("bypassed")
    person.key("b")
    person.wait("taken in again", "not any(b.bypassed for b in s.document.pipeline.blocks)")
    person.key("Delete")
    person.wait("the branch is gone", "len(s.document.pipeline.blocks) == 3")
    person.run(results=3)
    person.key("F4")
    rotated = person.ask("next(b.id for b in s.document.pipeline.blocks if b.method == 'spinquant')")
    person.choose(rotated)
    person.key("1")
    person.choose(other)
    person.key("2")
    person.wait("they are A and B", f"s.session.pair == ({rotated!r}, {other!r})")
    person.look("a and b")
    person.key("Tab")
    person.wait("they are swapped", f"s.session.pair == ({other!r}, {rotated!r})")
    person.key("alt+7")
    person.wait("Compare shows them", f"s.window.workspace.panel('compare').ids() == ({other!r}, {rotated!r})")
    person.look("compared")


def crash(person: Person, folder: Path) -> None:
    """Killed in the midst of a training; the next start offers to go on."""
    begin(person)
    person.choose(person.source())
    person.key("slash")
    person.type("fine-tuning")
    person.key("Return")
    person.wait("a training", "any(b.method == 'fine_tuning' for b in s.document.pipeline.blocks)")
    person.click("Quick")
    person.key("F5")
    person.wait("it trains", "s.runs.run and s.runs.run.current and s.runs.run.current.fraction > 0.02 and "
                "s.runs.can_stop")  # fmt: skip
    person.look("training")
    person.program.send_signal(signal.SIGKILL)
    person.program.wait(30)
    time.sleep(12)  # the engine's process finds out and ends
    person.open()
    person.wait("it is offered", "s.window.banner.text()")
    person.look("offered")
    while person.ask("where('Discard')"):
        person.click("Discard")
        time.sleep(0.5)
    person.click("Resume")
    person.wait("it goes on", "s.runs.is_active")
    person.look("resumed")
    person.wait("it ends", "s.runs.run.is_over")
    if person.ask("s.runs.run.state") != "done":
        raise StuckError("the run is done")
    person.look("finished")


def walk(person: Person, folder: Path) -> None:
    """Drag a method onto the canvas, undo, run, cancel, home and back, run, then every panel and an export."""
    begin(person)
    person.drag("AWQ", f"[shifted(block({person.source()!r}), 260, 170)]")
    person.look("dragging ended")
    person.wait("it is on the canvas", "len(s.document.pipeline.blocks) == 3")
    person.key("ctrl+z")
    person.wait("it is undone", "len(s.document.pipeline.blocks) == 2")
    person.key("ctrl+shift+z")
    person.wait("it is redone", "len(s.document.pipeline.blocks) == 3")
    person.key("F7")
    person.wait("it is checked", "s.runs.phase == 'idle' and s.run_panel.plan._grid.count()")
    person.look("checked")
    person.key("F5")
    person.wait("it runs", "s.runs.phase == 'running'")
    person.look("running at first")
    person.key("ctrl+period")
    person.wait("it is canceled", "s.runs.run and s.runs.run.is_over")
    person.look("canceled")
    person.key("ctrl+shift+n")
    person.wait("the home page", "s.window.on_welcome")
    person.look("home after")
    person.key("Escape")
    person.wait("the pipeline", "not s.window.on_welcome")
    person.run(results=3)
    person.look("done")
    panels = ("run", "charts", "inspector", "compare", "fit", "results", "export", "tryit")
    for key, panel in zip("4567b89t", panels, strict=True):
        person.key(f"alt+{key}")
        time.sleep(1.5)
        person.look(panel)
    person.key("F4")
    person.look("built")
    person.key("ctrl+e")
    person.export("GGUF", folder / "walked")


WAYS: dict[str, Callable[[Person, Path], None]] = {
    "export": export,
    "sweep": sweep,
    "branches": branches,
    "crash": crash,
    "walk": walk,
}


def main() -> int:
    """Go all ways, print the steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ways", nargs="*", choices=[*WAYS, []], metavar="WAY")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--pictures", type=Path)
    arguments = parser.parse_args()
    width, height = (round(int(number) * float(arguments.scale)) for number in arguments.size.split("x"))
    if arguments.pictures is not None:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    screen = Screen(width, height)
    begun, failed = time.monotonic(), ""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        (home / "settings.json").write_text(json.dumps({"theme": arguments.theme}))
        person: Person | None = None
        try:
            for way in arguments.ways or list(WAYS):
                print(way, flush=True)
                person = person or Person(screen, home, arguments)
                WAYS[way](person, Path(folder))
        except StuckError as stuck:
            failed = str(stuck)
            if person is not None and person.program.poll() is None:
                person.look("stuck")
        finally:
            if person is not None:
                person.close()
            screen.close()
    print(f"stuck: {failed}" if failed else f"all steps in {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
