"""A run in a terminal: a bar that moves, or plain lines where there is no terminal. Everything goes to stderr.

All that comes from files and other programs (titles, paths, sentences with names in them) passes `printable` here, so
that no control character of theirs reaches the terminal.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, TextIO

from tqdm.auto import tqdm

from engine.base.human import duration_text, printable
from engine.contracts.events import Event, Failure, Log, Progress, RunChanged, StageChanged
from engine.contracts.metrics import BY_NAME
from engine.record.report import cell, columns, name_of, protocol_text
from engine.record.timing import Timing, left_text

BAR = 24
Shown = Literal["all", "warnings", "nothing"]


class Terminal:
    """Hears the events of a run.

    Parameters
    ----------
    titles: block id -> how it is called.
    stream: where to write, by default stderr (there may be none).
    show: everything; only warnings and errors; nothing at all.
    debug: show the traceback of a failure too.
    """

    def __init__(
        self, titles: Mapping[str, str], stream: TextIO | None = None, *, show: Shown = "all", debug: bool = False
    ) -> None:
        self._titles = titles
        self._stream = stream or sys.stderr
        self._show = show if self._stream is not None else "nothing"
        self._debug = debug
        self._live = self._show == "all" and (self._stream.isatty() or "ipykernel" in sys.modules)
        self._bar: Any = None
        self._warned: set[str] = set()
        self._timing = Timing()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Progress):
            self._progress(event)
        elif isinstance(event, StageChanged):
            self._stage(event)
        elif isinstance(event, Log):
            self.warn(event.text) if event.level == "warning" else self.line(f"  {_level(event)}{event.text}")
        elif isinstance(event, RunChanged) and event.state in ("cancelling", "paused"):
            self.line("Cancelling at the next safe point …" if event.state == "cancelling" else "Paused")
        elif isinstance(event, Failure) and self._debug:
            self._write(event.traceback.rstrip())

    def line(self, text: str) -> None:
        """A line of its own, above the bar if there is one."""
        if self._show == "all":
            self._write(text)

    def warn(self, text: str) -> None:
        """A warning, once."""
        if self._show != "nothing" and text not in self._warned:
            self._warned.add(text)
            self._write(f"  warning: {text}")

    def close(self) -> None:
        """Take the bar away."""
        bar, self._bar = self._bar, None
        if bar is not None:
            with _unreadable():
                bar.close()

    def _write(self, text: str) -> None:
        with _unreadable():
            if self._bar is not None:
                self._bar.clear()
            self._stream.write(printable(text, keep="\n") + "\n")
            self._stream.flush()

    def _stage(self, event: StageChanged) -> None:
        title = self._titles.get(event.block or "", event.block)
        if event.state == "running":
            self.line(f"{title} …")
        elif event.state == "done" and (seconds := event.seconds if event.elapsed is None else event.elapsed):
            self.line(f"{title}: done in {duration_text(seconds)}")
        elif event.state in ("done", "cached", "failed", "cancelled", "skipped"):
            self.line(f"{title}: {event.message or event.state}")

    def _progress(self, event: Progress) -> None:
        if not self._live:
            return
        self._timing.tell(event.total_elapsed, event.time, event.total_eta, event.unit)
        with _unreadable():
            if self._bar is None:
                self._bar = tqdm(
                    total=1.0,
                    file=self._stream,
                    leave=False,
                    dynamic_ncols=True,
                    bar_format=f"{{percentage:3.0f}} % |{{bar:{BAR}}}| {{desc}}",
                )
            remaining = left_text(self._timing, time.time())
            remaining = f" · {remaining}" if remaining else ""
            title = self._titles.get(event.block or "", "")
            self._bar.n = min(1.0, event.total)
            self._bar.set_description_str(printable(f"{title}{f': {event.text}' if event.text else ''}{remaining}"))


def _level(event: Log) -> str:
    return "" if event.level == "info" else f"{event.level}: "


@contextlib.contextmanager
def _unreadable() -> Iterator[None]:
    """Ignore errors of an output that nobody can read: a terminal that was closed, a full disk behind stderr, a signal
    that came while a line was being written."""
    with contextlib.suppress(OSError, RuntimeError, ValueError):
        yield


def report_table(report: dict[str, Any]) -> str:
    """The metrics of a run as a table, with the protocol below it."""
    stages: list[dict[str, Any]] = report["stages"]
    names = columns(stages)
    head = ["Block", *(BY_NAME[name].title for name in names)]
    rows = [[_named(stage), *(cell(stage, name) for name in names)] for stage in stages]
    text = table(head, rows)
    return "\n".join(filter(None, (text, protocol_text(stages))))


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numeric: bool = True) -> str:
    """Columns of text: the first to the left, the others (if ``numeric``) to the right."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]

    def as_line(line: Sequence[str]) -> str:
        cells = [line[0].ljust(widths[0])]
        cells += [
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width in zip(line[1:], widths[1:], strict=True)
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([as_line(lines[0]), "  ".join("─" * width for width in widths), *map(as_line, lines[1:])])


def _named(stage: dict[str, Any]) -> str:
    return name_of(stage) + ("" if stage["state"] == "done" else f" ({stage['state']})")
