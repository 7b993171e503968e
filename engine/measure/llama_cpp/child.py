"""A fresh process in which llama.cpp runs a file: ``python -m engine.measure.llama_cpp.child FILE``.

It reads JSON objects, one a line, from stdin: how the file is run, then requests. It answers with JSON objects, one a
line; the last one of a request has the key "end". torch is not loaded.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from engine.base.llama_cpp import TIMEOUT, serve, tokenize

ORDER = ["temperature", "top_p"]
"""The samplers, in the order of `engine.measure.generate`: a temperature, then the most likely tokens."""


def main(file: Path) -> None:
    """Answer requests until there are no more."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)  # what llama.cpp prints goes to the log
        try:
            server = serve(file, **json.loads(sys.stdin.readline()))
            for line in sys.stdin:
                request = json.loads(line)
                for answer in _REQUESTS[request.pop("do")](server, **request):
                    _say(answers, answer)
        except Exception as error:
            _say(answers, {"error": f"{type(error).__name__}: {error}"})


def _say(answers: IO[str], answer: dict[str, Any]) -> None:
    answers.write(f"{json.dumps(answer)}\n")
    answers.flush()


def _post(server: Any, body: dict[str, Any]) -> Any:
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.listening_address}/completion", json.dumps(body).encode(), headers)
    return urllib.request.urlopen(request, timeout=TIMEOUT)


def text(server: Any, prompt: list[int], options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Pieces of a text as they are written, then the speed."""
    timings: dict[str, Any] = {}
    body = {**options, "prompt": prompt, "samplers": ORDER, "stream": True, "cache_prompt": False}
    with _post(server, body) as stream:
        for line in stream:
            if not line.startswith(b"data: "):
                continue
            event = json.loads(line.removeprefix(b"data: "))
            if event.get("content"):
                yield {"text": event["content"]}
            timings = event.get("timings") or timings
    yield {"end": _speeds(timings)[1]}


def speed(server: Any, prompt: list[int], tokens: int) -> Iterator[dict[str, Any]]:
    """Tokens read and written per second: behind the prompt so many more, whatever they are."""
    body = {"prompt": prompt, "n_predict": tokens + 1, "temperature": 0.0, "ignore_eos": True, "cache_prompt": False}
    with _post(server, body) as answer:
        yield {"end": _speeds(json.loads(answer.read())["timings"])}


def text_seconds(server: Any, prompt: list[int], tokens: int, threads: int) -> Iterator[dict[str, Any]]:
    """Seconds of reading a prompt and writing so many tokens, whatever they are: those that passed, without what
    ``threads`` threads waited for while other programs had their cores."""
    body = {"prompt": prompt, "n_predict": tokens, "temperature": 0.0, "ignore_eos": True, "cache_prompt": False}
    started, own = time.perf_counter(), time.process_time()
    with _post(server, body) as answer:
        answer.read()
    yield {"end": min(time.perf_counter() - started, (time.process_time() - own) / threads)}


def _speeds(timings: dict[str, Any]) -> tuple[float, float]:
    """Of reading and of writing. The first token comes with the end of the prompt: its time is that of reading."""
    read, written = timings.get("prompt_n", 0), timings.get("predicted_n", 0)
    reading, writing = timings.get("prompt_ms", 0.0), timings.get("predicted_ms", 0.0)
    return 1e3 * read / reading if reading else 0.0, 1e3 * (written - 1) / writing if written > 1 and writing else 0.0


def successors(server: Any, rows: list[list[int]], top: int) -> Iterator[dict[str, Any]]:
    """The most likely tokens behind each row and the logarithms of their probabilities.

    An end, or half a character, would come without probabilities: the model is made to say "a", which does not change
    them. What it has read of a row is kept for the next request.
    """
    bias = [[tokenize(server, "a")[-1], 1000.0]]
    body = {"prompt": rows, "n_predict": 1, "n_probs": top, "temperature": 0.0, "cache_prompt": True}
    with _post(server, {**body, "logit_bias": bias}) as answer:
        said = json.loads(answer.read())
    listed = [
        one["completion_probabilities"][0]["top_logprobs"] for one in (said if isinstance(said, list) else [said])
    ]
    yield {"end": [[[entry["id"], entry["logprob"]] for entry in row] for row in listed]}


_REQUESTS: dict[str, Callable[..., Iterator[dict[str, Any]]]] = {
    "text": text,
    "speed": speed,
    "text_seconds": text_seconds,
    "successors": successors,
}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
