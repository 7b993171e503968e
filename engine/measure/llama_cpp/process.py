"""The process in which llama.cpp runs one file: it is asked, it answers, it ends with the block."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from engine.base import children
from engine.base.errors import StudioError
from engine.measure.program import ProgramFailed


class Child(contextlib.AbstractContextManager["Child"]):
    """A process of `engine.measure.llama_cpp.child`. ``context``: tokens that each of ``slots`` sequences has room for.
    ``quick``: computes as llama.cpp does by itself, with a second copy of the weights and keys in float16."""

    def __init__(self, file: Path, *, context: int, slots: int = 1, quick: bool) -> None:
        self.threads = torch.get_num_threads()
        self._folder = tempfile.TemporaryDirectory(prefix="llama-cpp-")
        self._log = Path(self._folder.name) / "log.txt"
        with self._log.open("wb") as log:
            self._process = children.start(
                "engine.measure.llama_cpp.child",
                str(file.resolve()),
                folder=Path(self._folder.name),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                OMP_NUM_THREADS=str(self.threads),
                GGML_NO_BACKTRACE="1",
            )
        self._say({"context": context, "slots": slots, "quick": quick})
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="llama.cpp", daemon=True).start()

    def ask(self, checkpoint: Callable[[], None], **request: Any) -> Iterator[dict[str, Any]]:
        """The answers to a request, the last one with the key "end". Raises `ProgramFailed` if there is none, and what
        ``checkpoint`` raises: then end the process."""
        self._say(request)
        while True:
            checkpoint()
            try:
                line = self._lines.get(timeout=0.05)
            except queue.Empty:
                continue
            answer: dict[str, Any] = {"error": self._last_words()} if line is None else json.loads(line)
            if "error" in answer:
                raise self._failure(str(answer["error"]))
            yield answer
            if "end" in answer:
                return

    def _say(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it is gone, and the end of its answers says so
            self._process.stdin.write(f"{json.dumps(request)}\n".encode())
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            for line in pipe:
                self._lines.put(line)
        self._lines.put(None)

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"the process ended with status {self._process.wait()}"

    def _failure(self, why: str) -> StudioError:
        return ProgramFailed("llama.cpp can't run this model", why=why, advice="verify its GGUF export: that says more")

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        self._folder.cleanup()
