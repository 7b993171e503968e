"""The question of the installer on a desktop without a terminal: a small window of tkinter, where Python has it.

It says what was found and what will be fetched, lets a person choose the build, and shows how the installation goes,
which is a process of its own (`engine.installer.job`).
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from engine.base.errors import BadInput, RunFailed
from engine.installer.backends import Choice
from engine.installer.job import Event, Job
from engine.installer.offer import Offer, said

if TYPE_CHECKING:
    import tkinter

WIDTH = 560
PERIOD_MS = 50


def can_be_shown() -> bool:
    """True where Python has tkinter and a window can be opened."""
    if sys.platform not in ("win32", "darwin") and not os.environ.get("DISPLAY"):
        return False
    try:
        import tkinter

        tkinter.Tk().destroy()
    except Exception:  # no tkinter, no libraries of Tk, no display that answers
        return False
    return True


def install(offer: Offer, choice: Choice, words: Sequence[str], make: Callable[[Sequence[str]], Job] = Job) -> None:
    """Ask, install, show the end. ``words``: of the command line, for the process that installs. Raises
    KeyboardInterrupt if the person did not want it, `RunFailed` if it failed."""
    import tkinter

    window = Window(tkinter.Tk(), offer, choice, words, make)
    window.root.mainloop()
    if window.ended == "failed":
        raise RunFailed(window.text)
    if window.ended != "done":
        raise KeyboardInterrupt


class Window:
    """``ended``: kind of the last event, "" before the installation has ended; ``text``: what it said then."""

    def __init__(
        self,
        root: tkinter.Tk,
        offer: Offer,
        choice: Choice,
        words: Sequence[str],
        make: Callable[[Sequence[str]], Job] = Job,
    ) -> None:
        from tkinter import StringVar, ttk

        self.root, self.ended, self.text = root, "", ""
        self._offer, self._words, self._make = offer, words, make
        self._job: Job | None = None
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        root.title("Compression Studio")
        root.protocol("WM_DELETE_WINDOW", self.cancel)
        frame = ttk.Frame(root, padding=16)
        frame.pack(fill="both", expand=True)
        self._label(frame, offer.heading)
        self.build = StringVar(root, choice.backend)
        row = ttk.Frame(frame)
        row.pack(fill="x", pady=8)
        ttk.Label(row, text="Build of torch").pack(side="left")
        self.box = ttk.Combobox(row, textvariable=self.build, values=offer.builds, state="readonly")
        self.box.pack(side="left", padx=8)
        self.box.bind("<<ComboboxSelected>>", lambda event: self._on_build())
        self.about = self._label(frame, "")
        self.progress = ttk.Progressbar(frame, maximum=1)
        self.state = self._label(frame, "")
        buttons = ttk.Frame(frame)
        buttons.pack(fill="x", side="bottom", pady=(8, 0))
        self.stop = ttk.Button(buttons, text="Cancel", command=self.cancel)
        self.stop.pack(side="right")
        self.start = ttk.Button(buttons, text="Install", command=self.install)
        self.start.pack(side="right", padx=8)
        root.bind("<Return>", lambda event: self.install())
        root.bind("<Escape>", lambda event: self.cancel())
        self._on_build(choice)
        root.eval("tk::PlaceWindow . center")
        self.start.focus_set()

    def install(self) -> None:
        """Begin, once."""
        if self._job is not None or self.ended:
            return
        self.box.configure(state="disabled")
        self.start.configure(state="disabled")
        self.progress.pack(fill="x", pady=8)
        words = ["install", "--backend", self.build.get(), "--yes", *self._words]
        try:
            self._job = self._make(words)
        except OSError as error:
            self._show({"kind": "failed", "text": f"The installer can't be started: {error.strerror or error}."})
            return
        threading.Thread(target=self._read, args=(self._job,), name="events", daemon=True).start()
        self.root.after(PERIOD_MS, self._look)

    def cancel(self) -> None:
        """Close the window; while it installs, cancel that first."""
        if self._job is None or self.ended:
            self.root.destroy()
            return
        self.state.configure(text="Canceling…")
        self.stop.configure(state="disabled")
        self._job.cancel()

    def _label(self, frame: Any, text: str) -> Any:
        from tkinter import ttk

        label = ttk.Label(frame, text=text, wraplength=WIDTH, justify="left")
        label.pack(fill="x")
        return label

    def _on_build(self, choice: Choice | None = None) -> None:
        try:
            choice = choice or self._offer.choose(self.build.get())
            self.about.configure(text=f"{said(choice)}\n{self._offer.cost(choice)}")
            self.start.configure(state="normal")
        except BadInput as error:
            self.about.configure(text=str(error))
            self.start.configure(state="disabled")

    def _read(self, job: Job) -> None:
        for event in job.events():
            self._events.put(event)

    def _look(self) -> None:
        while not self.ended and not self._events.empty():
            self._show(self._events.get())
        if not self.ended:
            self.root.after(PERIOD_MS, self._look)

    def _show(self, event: Event) -> None:
        kind = event["kind"]
        if kind == "step":
            self.progress.configure(value=(event["number"] - 1) / event["of"])
        if kind in ("line", "step"):
            self.state.configure(text=event["text"])
            return
        started = f"Compression Studio is installed and tested. Start it: {self._offer.installation.launcher}"
        self.ended, self.text = kind, event.get("text", started)
        self.state.configure(text=self.text)
        if kind == "done":
            self.progress.configure(value=1)
        self.stop.configure(text="Close", state="normal")
        self.stop.focus_set()
