"""A run in a terminal: a bar that moves, or plain lines where there is no terminal. Everything goes to stderr."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TextIO

from engine.contracts.events import Event, Failure, Log, Progress, RunChanged, StageChanged
from engine.contracts.figures import BY_NAME
from engine.contracts.human import duration_text
from engine.run.report import cell, columns, protocol_text

BAR = 24


class Terminal:
    """Hears the events of a run. ``titles``: block id -> how it is called."""

    def __init__(self, titles: Mapping[str, str], stream: TextIO | None = None, *, debug: bool = False) -> None:
        self._titles = titles
        self._stream = stream or sys.stderr
        self._debug = debug
        self._live = self._stream.isatty()
        self._shown = False

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, StageChanged):
            self._stage(event)
        elif isinstance(event, Log):
            self.line(f"  {'' if event.level == 'info' else event.level + ': '}{event.text}")
        elif isinstance(event, RunChanged) and event.state in ("cancelling", "paused"):
            self.line("Cancelling at the next safe point …" if event.state == "cancelling" else "Paused")
        elif isinstance(event, Failure) and self._debug:
            self.line(event.traceback.rstrip())

    def line(self, text: str) -> None:
        """A line of its own, in the place of the bar if there is one."""
        self.clear()
        self._stream.write(text + "\n")
        self._stream.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._shown = False

    def _stage(self, event: StageChanged) -> None:
        title = self._titles.get(event.block or "", event.block)
        if event.state == "running":
            self.line(f"{title} …")
        elif event.state == "done" and event.seconds:
            self.line(f"{title}: done in {duration_text(event.seconds)}")
        elif event.state in ("done", "cached", "failed", "cancelled"):
            self.line(f"{title}: {event.message or event.state}")

    def _progress(self, event: Progress) -> None:
        if not self._live:
            return
        filled = round(BAR * event.total)
        left = "" if event.total_eta is None else f" · {duration_text(event.total_eta)} left"
        title = self._titles.get(event.block or "", "")
        text = f"{'█' * filled}{'░' * (BAR - filled)} {100 * event.total:3.0f} % · {title}"
        text += (f": {event.text}" if event.text else "") + left
        width = shutil.get_terminal_size().columns - 1
        self._stream.write("\r\x1b[K" + text[:width])
        self._stream.flush()
        self._shown = True


def report_table(report: dict[str, Any]) -> str:
    """The figures of a run as a table, with the protocol below it."""
    stages: list[dict[str, Any]] = report["stages"]
    names = columns(stages)
    head = ["Block", *(BY_NAME[name].title for name in names)]
    rows = [[_named(stage), *(cell(stage, name) for name in names)] for stage in stages]
    text = table(head, rows)
    protocol: dict[str, Any] = next((stage["protocol"] for stage in stages if stage["protocol"]), {})
    return f"{text}\nMeasured on {protocol_text(protocol)}." if protocol else text


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numeric: bool = True) -> str:
    """Columns of text: the first to the left, the others (if ``numeric``) to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def laid(line: Sequence[str]) -> str:
        cells = [line[0].ljust(widths[0])]
        cells += [
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width in zip(line[1:], widths[1:], strict=True)
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([laid(lines[0]), "  ".join("─" * width for width in widths), *map(laid, lines[1:])])


def _named(stage: dict[str, Any]) -> str:
    return stage["title"] if stage["state"] == "done" else f"{stage['title']} ({stage['state']})"
