"""A fresh process in which llama.cpp writes a text: ``python -m engine.service.llama_cpp_child FILE``.

It reads one request, a JSON object on a line of stdin, and answers with JSON objects, one a line: pieces of the text as
they are written, then the speed, or why there is none. torch is not loaded.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from engine.export.verification.llama_cpp import TIMEOUT, serve

ORDER = ["temperature", "top_p"]
"""The samplers, in the order of `engine.measure.generate`: a temperature, then the most likely tokens."""


def main(file: Path) -> None:
    """Answer the request."""
    request = json.loads(sys.stdin.readline())
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)  # what llama.cpp prints goes to the log
        try:
            for answer in _answers(file, request):
                _say(answers, answer)
        except Exception as error:
            _say(answers, {"error": f"{type(error).__name__}: {error}"})


def _say(answers: IO[str], answer: dict[str, Any]) -> None:
    answers.write(f"{json.dumps(answer)}\n")
    answers.flush()


def _answers(file: Path, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    import xllamacpp

    server = serve(file, request["context"])
    body = {**request["options"], "prompt": request["prompt"], "samplers": ORDER, "stream": True, "cache_prompt": False}
    headers = {"Content-Type": "application/json"}
    http_request = urllib.request.Request(f"{server.listening_address}/completion", json.dumps(body).encode(), headers)
    timings: dict[str, Any] = {}
    with urllib.request.urlopen(http_request, timeout=TIMEOUT) as stream:
        for line in stream:
            if not line.startswith(b"data: "):
                continue
            event = json.loads(line.removeprefix(b"data: "))
            if event.get("content"):
                yield {"text": event["content"]}
            timings = event.get("timings") or timings
    speed = float(timings.get("predicted_per_second", 0.0))
    yield {"speed": speed, "program": f"llama.cpp (xllamacpp {xllamacpp.__version__})"}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
