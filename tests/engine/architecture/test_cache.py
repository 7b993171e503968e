"""Keys and values of a context: the bytes that transformers holds and that llama.cpp reserves, and a size with them."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.architecture.cache import cache_of, cache_of_header, size_for_file
from engine.checkpoints.checkpoint import read_header
from engine.contracts.budget import KeyValueCache
from engine.export.registry import export_format
from engine.models.cache import Cache, cache_argument
from engine.models.source import open_model
from engine.testing.models import with_merges

Tiny = Callable[[str], Path]
LLAMA_CPP = """
import os, sys, xllamacpp
words = xllamacpp.CommonParams()
words.model.path, words.n_ctx, words.n_parallel, words.verbosity = sys.argv[1], int(sys.argv[2]), 1, 10
server = xllamacpp.Server(words)
sys.stdout.flush()
os._exit(0)  # its threads wait for questions
"""


@pytest.mark.parametrize("kind", ["llama", "qwen3", "odd", "gpt2", "phi3", "gpt_neox", "mixtral", "gemma2"])
def test_transformers_holds_so_many_bytes(kind: str, tiny: Tiny) -> None:
    model = open_model(str(tiny(kind)))
    network, tokens = model.load().module.eval(), 48
    cache = Cache(network)
    with torch.inference_mode(), cache.reading() as states:
        network(torch.arange(tokens)[None], use_cache=True, **{cache_argument(network): states})
    known = cache_of(model.anatomy)
    assert known is not None
    each = known.whole + sum(known.sliding.values())
    assert cache.nbytes == 2 * tokens * each, "the network computes in 32 bits"


@pytest.mark.parametrize("kind", ["llama", "qwen3", "odd", "mixtral", "gemma2"])
def test_the_headers_tell_the_same(kind: str, tiny: Tiny) -> None:
    found = cache_of_header(read_header(tiny(kind)))
    assert found is not None and found == cache_of(open_model(str(tiny(kind))).anatomy)


@pytest.mark.parametrize("kind", ["gpt2", "phi3", "nemotron_h", "t5", "bert"])
def test_headers_that_do_not_name_keys_and_values_tell_nothing(kind: str, tiny: Tiny) -> None:
    assert cache_of_header(read_header(tiny(kind))) is None


@pytest.mark.parametrize("kind", ["nemotron_h", "t5", "bert"])
def test_what_keeps_something_else_is_not_known(kind: str, tiny: Tiny) -> None:
    assert cache_of(open_model(str(tiny(kind))).anatomy) is None


def test_a_layer_that_reads_keys_of_another_is_not_known(tiny: Tiny) -> None:
    anatomy = open_model(str(tiny("llama"))).anatomy
    last = anatomy.layers[-1]
    without = dataclasses.replace(last, linears=tuple(x for x in last.linears if x.role not in ("k", "v")))
    assert cache_of(dataclasses.replace(anatomy, layers=(*anatomy.layers[:-1], without))) is None


def test_a_window_holds_no_more_than_its_tokens_and_a_batch() -> None:
    cache = KeyValueCache(whole=10, sliding={64: 3})
    assert cache.bytes_at(0) == 0
    assert cache.bytes_at(1) == 13 * 256, "a multiple of 256 tokens"
    assert cache.bytes_at(512) == 13 * 512
    assert cache.bytes_at(4096) == 10 * 4096 + 3 * 768


def test_llama_cpp_reserves_so_many_bytes(tiny: Tiny, tmp_path: Path) -> None:
    """Of a model with a sliding window in one of its layers: both caches of it."""
    pytest.importorskip("xllamacpp")
    source = with_merges(tiny("gemma2"), tmp_path / "source")
    config = json.loads((source / "config.json").read_text("utf-8"))
    (source / "config.json").write_text(json.dumps({**config, "query_pre_attn_scalar": 16}), encoding="utf-8")
    model, kind = open_model(source), export_format("gguf")
    (tmp_path / "out").mkdir()
    kind.write(model, tmp_path / "out", kind.options(), lambda *_: None)
    (file,) = (tmp_path / "out").glob("*.gguf")
    cache = cache_of(model.anatomy)
    assert cache is not None and cache.whole and cache.sliding
    done = subprocess.run(
        [sys.executable, "-c", LLAMA_CPP, str(file), "2000"], capture_output=True, text=True, check=False, timeout=300
    )
    log = done.stdout + done.stderr
    found = re.findall(r"llama_kv_cache: size = +([\d.]+) MiB \( *(\d+) cells, +(\d+) layers", log)
    assert found, log[-2000:]
    cells = {int(each) for _, each, _ in found}
    assert cells == {2048, 768}
    assert cache.bytes_at(2000) == cache.whole * 2048 + sum(cache.sliding.values()) * 768


def checked(source: Path, **settings: Any) -> str:
    from engine.methods.base import problems
    from engine.methods.registry import method

    info, model = method("fit_to_budget"), open_model(source)
    results = problems(info.load(), model.anatomy, info.settings.parse(settings), model.header)
    return " ".join(str(problem) for problem in results if problem.severity == "error")


def test_a_size_with_a_context_leaves_the_rest_for_the_file(tiny: Tiny) -> None:
    anatomy = open_model(str(tiny("llama"))).anatomy
    cache = cache_of(anatomy)
    assert cache is not None
    assert size_for_file(10_000_000, anatomy, 0) == 10_000_000
    assert size_for_file(10_000_000, anatomy, 1000) == 10_000_000 - cache.bytes_at(1000)
    fewer = dataclasses.replace(anatomy, layers=anatomy.layers[:1])
    assert size_for_file(0, fewer, 1000) == size_for_file(0, anatomy, 1000) // 2, "layers that go take theirs along"


def test_what_can_not_be_is_a_sentence(tiny: Tiny) -> None:
    assert checked(tiny("llama"), size="500KB", context=256) == ""
    assert "keys and values 65.9 MB" in checked(tiny("llama"), size="500KB", context=257_536)
    assert "not known" in checked(tiny("nemotron_h"), size="90%", context=256, target="container")
