"""Chats through a model's chat template, which is a program of its authors: in a process of its own, within limits.

Limits: `SECONDS` for one chat, `MOST_TIMES` characters for each that came in (and `MOST_MORE` more), the memory of
`engine.data.template_process`. One process serves all chats; it is ended and started anew when a template does not end.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.base import children
from engine.base.errors import BadInput

SECONDS = 10.0
STARTING_SECONDS = 120.0
"""For the first chat: the process has to load its libraries."""
MOST_TIMES, MOST_MORE = 20, 100_000


def render(tokenizer: Any, messages: Sequence[Mapping[str, str]], where: str = "", **options: bool | str) -> str:
    """The text that the tokenizer's template makes of a chat, as transformers' ``apply_chat_template`` gives it
    (``options``: add_generation_prompt, variables of the template). Raises `BadInput` for a template that fails or
    exceeds the limits."""
    special = {name: str(value) for name, value in tokenizer.special_tokens_map.items() if isinstance(name, str)}
    try:
        template = tokenizer.get_chat_template()
    except ValueError as error:  # several templates, and none of them is the default
        raise BadInput(
            "The model has no chat template to choose",
            where=where,
            why=" ".join(str(error).split())[:300],
            advice="name one of them 'default' in tokenizer_config.json",
        ) from None
    if not isinstance(template, str):
        raise BadInput(
            "The chat template is not a text",
            where=where,
            why=f"the tokenizer's files give {type(template).__name__} for it",
            advice="copy the tokenizer's files again from where the model came from",
        )
    characters = sum(len(str(value)) for message in messages for value in message.values())
    request = {
        "template": template,
        "messages": [dict(message) for message in messages],
        "variables": {**special, **options},
        "given": characters,
        "most": MOST_TIMES * characters + MOST_MORE,
    }
    answer = _process.ask(request)
    if "text" in answer:
        if any("\ud800" <= character <= "\udfff" for character in answer["text"]):
            answer = {"error": "it makes half a character, which no tokenizer takes"}
        else:
            return answer["text"]
    raise BadInput(
        "The chat template does not take a record",
        where=where,
        why=answer["error"],
        advice="give its turns the roles and the order that the model knows",
    )


class _Process:
    """The process, started when it is first asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def ask(self, request: Mapping[str, Any]) -> dict[str, str]:
        """The answer; that it took too long, or died, is an error too."""
        line = json.dumps(request).encode() + b"\n"
        with self._lock:
            first = self._child is None or self._child.poll() is not None
            if first:
                self._start()
            assert self._child is not None and self._child.stdin is not None
            try:
                self._child.stdin.write(line)
                self._child.stdin.flush()
                answer = self._answers.get(timeout=SECONDS + (STARTING_SECONDS if first else 0))
            except queue.Empty:
                self.close()
                return {"error": f"it does not come to an end within {SECONDS:.0f} s"}
            except OSError:
                answer = b""
            if not answer:
                self.close()
                return {"error": "it ended the process that renders it"}
            reply: dict[str, str] = json.loads(answer)
            return reply

    def _start(self) -> None:
        self.close()
        self._folder = tempfile.TemporaryDirectory(prefix="templates-")
        self._child = children.start(
            "engine.data.template_process",
            folder=Path(self._folder.name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._answers = queue.Queue()
        threading.Thread(target=_read, args=(self._child.stdout, self._answers), daemon=True).start()

    def close(self) -> None:
        """End the process; the next question starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _read(pipe: Any, answers: queue.Queue[bytes]) -> None:
    """Bring the lines of the process; an empty one at its end."""
    with contextlib.suppress(OSError, ValueError):
        for line in pipe:
            answers.put(line)
    answers.put(b"")


_process = _Process()


def _in_forked() -> None:
    """A forked process has no thread that reads the answers: its process is its parent's, and it starts its own."""
    global _process, _of_parent
    _of_parent = _process  # its pipe can't be closed: a thread that is gone holds its lock
    _process = _Process()


_of_parent: _Process | None = None
atexit.register(lambda: _process.close())
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked)
