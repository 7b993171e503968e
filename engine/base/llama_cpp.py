"""llama.cpp on one file in this process: start it, tokenize. torch is not loaded.

Who starts it ends the process by `os._exit` or is killed: its threads outlive the server.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import urllib.request
from pathlib import Path
from typing import Any

from engine.base import extras

ONE_THREAD = 500_000_000
"""Bytes of a file up to which one thread runs it: several would wait for each other longer than they compute."""
TIMEOUT = 3600.0
"""Seconds for an answer: who asked ends a process that takes longer than its size needs."""


def program_name() -> str:
    """llama.cpp's name with the version of the package that it came in; "" where it is not installed."""
    return f"llama.cpp (xllamacpp {importlib.metadata.version('xllamacpp')})" if extras.is_installed("llama") else ""


def serve(file: Path, context: int, *, embeddings: bool = False, slots: int = 1, quick: bool = False) -> Any:
    """llama.cpp on one file, on the CPU, with float32 keys and values and room for ``context`` tokens in each of
    ``slots`` sequences. ``embeddings``: for `hidden_states`; ``quick``: as it computes by itself, with keys and values
    in float16 and a second copy of the weights, in the order that the processor likes best."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(file)
    parameters.n_ctx = context * slots
    parameters.n_parallel = slots
    parameters.n_gpu_layers = 0
    parameters.n_batch = parameters.n_ubatch = context
    parameters.cache_ram_mib = 0
    several = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
    few = not quick and file.stat().st_size <= ONE_THREAD
    parameters.cpuparams.n_threads = 1 if few else several
    parameters.cpuparams.poll = parameters.cpuparams_batch.poll = 0  # threads that wait sleep, and leave the core free
    parameters.warmup = False
    parameters.verbosity = 1  # errors
    if not quick:
        parameters.no_extra_bufts = True
        parameters.cache_type_k = parameters.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
        parameters.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    if embeddings:
        parameters.embedding = True
        parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_NONE
    return xllamacpp.Server(parameters)


def tokenize(server: Any, text: str) -> list[int]:
    """The tokens of a text, with those that the file says are added."""
    data = json.dumps({"content": text, "add_special": True}).encode()
    request = urllib.request.Request(f"{server.listening_address}/tokenize", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        tokens: list[int] = json.loads(answer.read())["tokens"]
    return tokens
