"""Text from models whose layers are blocks of GGUF types: llama.cpp writes it, several times as fast as dense layers.

The file that it reads is the source itself, or is written once for a result, into the cache of the workspace. Its hash
stands beside it: a file that was edited is written again. All else is as in `engine.measure.generate`: the same tokens
are read, and the same words end the text.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from engine.architecture.two_texts import reads_two
from engine.base import children
from engine.base.errors import RunFailed, StudioError
from engine.base.files import make_folder
from engine.export.registry import export_format
from engine.measure.evaluate import predicts
from engine.measure.generate import prompt_ids, room_behind
from engine.models.model import Model
from engine.models.source import is_whole_folder, load_tokenizer, write_whole_folder
from engine.modules.ggml import GgmlWeight
from engine.modules.tied import TiedLinear
from engine.record.home import Home

FILES = 3
"""So many files of results stay in the cache, the last ones that were used."""
SPACE = 64
"""Positions beside those of the tokens."""


def file_for(
    model: Model, home: Home, progress: Callable[[float, str], None], checkpoint: Callable[[], None]
) -> Path | None:
    """The GGUF file by which llama.cpp runs a decoder; None where llama.cpp is not installed, where other layers than
    blocks of GGUF types are compressed, or where GGUF can't express the model. Raises `RunFailed` for a full disk."""
    if importlib.util.find_spec("xllamacpp") is None or not predicts(model) or reads_two(model.module):
        return None
    if model.header.format == "gguf":
        return model.path
    modules = [module for module in model.compressed().values() if not isinstance(module, TiedLinear)]
    kind = export_format("gguf")
    options = kind.options()
    if not modules or not all(isinstance(module, GgmlWeight) for module in modules):
        return None
    if any(problem.severity == "error" for problem in kind.check(model, options)):
        return None
    folder = home.cache / "llama.cpp" / model.header.fingerprint[:32]
    if not is_whole_folder(folder, model.header.pins):
        shutil.rmtree(folder, ignore_errors=True)
        model.header.pins.forget(folder)
        make_folder(folder.parent)
        _drop_oldest(folder.parent)

        def report(fraction: float, text: str) -> None:
            checkpoint()
            progress(fraction, "Writing a GGUF file for llama.cpp, once")

        write_whole_folder(folder, lambda partial: kind.write_files(model, partial, options, report))
    folder.touch()
    return next(folder.glob("*.gguf"), None)


def _drop_oldest(folder: Path) -> None:
    """Leave room for one more file."""
    present = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for path in present[: max(0, len(present) - FILES + 1)]:
        shutil.rmtree(path, ignore_errors=True)


def write_text(
    model: Model,
    file: Path,
    *,
    prompt: str,
    tokens: int,
    temperature: float,
    seed: int,
    chat: bool,
    before: Sequence[tuple[str, str]] = (),
    top_p: float = 1.0,
    stop: Sequence[str] = (),
    checkpoint: Callable[[], None],
    piece: Callable[[str], None],
) -> tuple[float, str]:
    """`engine.measure.generate.generate` by llama.cpp on ``file``, on the CPU; gives tokens per second and the name of
    the program. The model is not loaded. Raises as that does, `RunFailed` if llama.cpp can't run the file, and
    `InputChanged` if the file is another one by the end."""
    ids = prompt_ids(load_tokenizer(model), prompt, chat, before).tolist()
    room = room_behind(model, len(ids), tokens)
    options: dict[str, Any] = {"temperature": temperature, "top_p": top_p, "seed": seed}
    options |= {"n_predict": min(tokens, room), "stop": [word for word in stop if word]}
    request = {"prompt": ids, "context": len(ids) + min(tokens, room) + SPACE, "options": options}
    with model.header.pins.pin(file).by_path(), _Child(file, request) as child:
        return child.read(checkpoint, piece)


class _Child(contextlib.AbstractContextManager["_Child"]):
    """A process of `engine.service.llama_cpp_child`, which ends with the block."""

    def __init__(self, file: Path, request: dict[str, Any]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="llama-cpp-")
        self._log = Path(self._folder.name) / "log.txt"
        with self._log.open("wb") as log:
            self._process = children.start(
                "engine.service.llama_cpp_child",
                str(file.resolve()),
                folder=Path(self._folder.name),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                OMP_NUM_THREADS=str(torch.get_num_threads()),
                GGML_NO_BACKTRACE="1",
            )
        assert self._process.stdin is not None
        with contextlib.suppress(OSError), self._process.stdin as pipe:
            pipe.write(f"{json.dumps(request)}\n".encode())
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="llama.cpp", daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as pipe:
            for line in pipe:
                self._lines.put(line)
        self._lines.put(None)

    def read(self, checkpoint: Callable[[], None], piece: Callable[[str], None]) -> tuple[float, str]:
        """Hand on the text; tokens per second and the program."""
        while True:
            checkpoint()
            try:
                line = self._lines.get(timeout=0.05)
            except queue.Empty:
                continue
            answer = {"error": self._last_words()} if line is None else json.loads(line)
            if "error" in answer:
                raise self._failure(str(answer["error"]))
            if "speed" in answer:
                return float(answer["speed"]), str(answer["program"])
            piece(str(answer["text"]))

    def _last_words(self) -> str:
        lines = self._log.read_text("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"the process ended with status {self._process.wait()}"

    def _failure(self, why: str) -> StudioError:
        return RunFailed("llama.cpp can't run this model", why=why, advice="verify its GGUF export: that says more")

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._folder.cleanup()
