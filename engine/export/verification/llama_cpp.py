"""A fresh process that loads a GGUF file with llama.cpp and says what the model gives for some tokens.

``python -m engine.export.verification.llama_cpp WORK``: as `engine.export.verification.process`, but it answers with
the logarithms of the probabilities of all tokens, at a few positions; of an encoder with the hidden states of all
tokens. llama.cpp maps the file: pages of it are in memory while they are used. torch is not loaded.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from engine.base.llama_cpp import TIMEOUT, serve, tokenize
from engine.checkpoints.headers.gguf_fields import listing
from engine.export.verification.layer_progress import VERB, reporter
from engine.export.verification.machine import is_memory, lacks_memory

Reals = np.ndarray[Any, np.dtype[np.float32]]

POSITIONS = (28, 60)
"""Of each row; every answer carries the whole vocabulary as text, which takes longer than the model. The last one has
read nearly all tokens of its row."""
EVERY = 4
"""As `engine.export.verification.expectation.EVERY`, which needs torch."""
LOGGED_SECONDS = 2.0
"""For llama.cpp to write to its log why it refused a file."""


def main(work: Path) -> None:
    """Answer the request in ``work``. What goes wrong is a fault of the file; why tells only llama.cpp's log, which the
    process that asked keeps in WORK/log.txt."""
    request = json.loads((work / "request.json").read_text("utf-8"))
    try:
        answer = _answer(work, request) if _is_there() else _read_back(work, request)
    except Exception as error:
        why = _logged(work / "log.txt") or str(error)
        if is_memory(error) or lacks_memory(why):
            answer = {"loaded_by": "", "faults": [], "unchecked": "memory ran out"}
        elif isinstance(error, TimeoutError):
            answer = {"loaded_by": "", "faults": [], "unchecked": "llama.cpp gave no answer in time"}
        else:
            answer = {"loaded_by": "", "faults": [f"llama.cpp can't run it: {why}"]}
    (work / "result.json").write_text(json.dumps({"text": None, **answer}), "utf-8")


def _is_there() -> bool:
    """True where llama.cpp is installed."""
    try:
        import xllamacpp  # noqa: F401
    except ImportError:
        return False
    return True


def _read_back(work: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Answer by this program's own reader, see `engine.export.verification.gguf`."""
    answer: dict[str, Any] = importlib.import_module("engine.export.verification.gguf").answer(
        work, request, positions_in(len(request["tokens"][0]))
    )
    return answer


def _logged(log: Path) -> str:
    """The first error that llama.cpp logged, "" if there is none. A thread of its own writes the log, after the
    exception was raised."""
    end = time.monotonic() + LOGGED_SECONDS
    while not (reason := _first_error(log)) and time.monotonic() < end:
        time.sleep(0.02)
    return reason


def _first_error(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines() if log.is_file() else []
    errors = [line.partition(" E ")[2] for line in lines if " E " in line]
    return errors[0].rpartition("error loading model: ")[2].strip() if errors else ""


def _answer(work: Path, request: dict[str, Any]) -> dict[str, Any]:
    import xllamacpp

    rows, file = request["tokens"], next(Path(request["folder"]).glob("*.gguf"))
    if request["kind"] == "hidden":
        server = serve(file, len(rows[0]) + 8, embeddings=True)
        text = tokenize(server, request["text"]) if request["text"] else None
        save_file({"output": np.stack([hidden_states(server, row) for row in rows])}, work / "output.safetensors")
        return {"loaded_by": f"llama.cpp (xllamacpp {xllamacpp.__version__})", "faults": [], "text": text}
    table = listing(file).tensor("token_embd.weight")
    assert table is not None  # without it llama.cpp would not have loaded the file
    values = table.shape[0]
    server = serve(file, len(rows[0]) + 8)
    positions = positions_in(len(rows[0]))
    report, prompts = reporter(work), [row[: position + 1] for row in rows for position in positions]
    outputs = []
    for index, prompt in enumerate(prompts):
        report(index / len(prompts), f"{VERB} position {index + 1} of {len(prompts)}")
        outputs.append(log_probabilities(server, prompt, values))
    text = tokenize(server, request["text"]) if request["text"] else None
    save_file({"output": np.stack(outputs)}, work / "output.safetensors")
    loader = f"llama.cpp (xllamacpp {xllamacpp.__version__})"
    return {"loaded_by": loader, "faults": [], "text": text, "positions": positions}


def positions_in(length: int) -> list[int]:
    """Those of `POSITIONS` that a row of ``length`` tokens has; the last one that is compared of a shorter row."""
    return [position for position in POSITIONS if position < length] or [(length - 1) // EVERY * EVERY]


def hidden_states(server: Any, tokens: list[int]) -> Reals:
    """The last hidden states of all tokens, (tokens, features) float32."""
    data = json.dumps({"content": tokens, "embd_normalize": -1}).encode()
    url = f"{server.listening_address}/embedding"
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        answers: list[Any] = json.loads(answer.read())
    return np.asarray(answers[0]["embedding"], np.float32)


def log_probabilities(server: Any, prompt: list[int], values: int) -> Reals:
    """Of all ``values`` tokens after a prompt, (values,) float32.

    An end, or half a character, would come without probabilities: the model is made to say "a", which does not change
    them.
    """
    request = {"prompt": prompt, "n_predict": 1, "n_probs": values, "temperature": 0.0, "cache_prompt": True}
    answer = server.handle_completions({**request, "logit_bias": [[tokenize(server, "a")[-1], 1000.0]]})
    listed = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    values_by_id = np.full(values, -np.inf, np.float32)
    values_by_id[[entry["id"] for entry in listed]] = [float(entry["logprob"]) for entry in listed]
    return values_by_id


if __name__ == "__main__":
    main(Path(sys.argv[1]))
