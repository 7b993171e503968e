"""Tokens per second, measured on this machine with a key/value cache."""

from __future__ import annotations

import contextlib
import inspect
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from engine import devices
from engine.architecture.two_texts import encoder_of, reads_two, start_of
from engine.contracts.metrics import PROGRAM
from engine.measure.program import Program, torch_name
from engine.models.cache import Cache, cache_argument
from engine.models.model import Model

PROMPT = 128
NEW_TOKENS = 16
REPEATS = 3


@contextlib.contextmanager
def ready_to_decode(model: Model, dtype: torch.dtype) -> Iterator[str]:
    """While the block runs, compressed layers hold what kernels for packed weights read, and their dense weights, for
    many tokens at once and where there are no kernels. Yields which ones compute, as a sentence; "" without compressed
    layers."""
    modules = [module for module in model.compressed().values() if module.packed_tensors()]
    kernels: Counter[str] = Counter()
    for module in modules:
        module.cache_dense_weight(dtype)
        names = module.use_kernels(True)
        kernels[names[0] if names else "dense"] += 1
    try:
        yield _sentence(kernels)
    finally:
        for module in modules:
            module.use_kernels(False)
            module.cache_dense_weight(None)


def _sentence(kernels: Counter[str]) -> str:
    dense = kernels.pop("dense", 0)
    packed = [f"{count} layers by the packed kernel {name} in bfloat16" for name, count in kernels.items()]
    unpacked = [f"{dense} compressed layers as dense ones, unpacked before"] if dense else []
    return f"{', '.join([*packed, *unpacked])}." if packed or unpacked else ""


class Decoder:
    """A network with its cache: feeds tokens, gives the logits of the last one. Of an encoder-decoder the encoder reads
    the tokens that are fed first, and the decoder begins to write; it reads those that are fed then."""

    def __init__(self, module: nn.Module, device: torch.device | str) -> None:
        self.module: Any = module
        self.device = torch.device(device)
        names = inspect.signature(module.forward).parameters
        self.cache = Cache(module)
        self._options: dict[str, Any] = {cache_argument(module): self.cache.states}
        if "logits_to_keep" in names:
            self._options["logits_to_keep"] = 1
        self._encoder = encoder_of(module)
        self._encoded: Any = None

    def feed(self, ids: torch.Tensor) -> torch.Tensor:
        """Read further tokens, (n,) int64; returns the logits behind the last, (vocabulary,) float32."""
        return self.feed_rows(ids[None])[0]

    @torch.no_grad()
    def feed_rows(self, ids: torch.Tensor) -> torch.Tensor:
        """Read further tokens of several sequences of one length, (rows, n) int64; returns the logits behind the last
        ones, (rows, vocabulary) float32."""
        arguments = {"input_ids": ids.to(self.device)}
        if self._encoder is not None:
            arguments = self._behind_encoder(arguments["input_ids"])
        with self.cache.reading():
            output = self.module(**arguments, use_cache=True, **self._options)
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits

    def _behind_encoder(self, ids: torch.Tensor) -> dict[str, Any]:
        """The arguments of one step of the decoder."""
        if self._encoded is None:
            assert self._encoder is not None
            self._encoded = self._encoder(input_ids=ids, return_dict=True)
            ids = torch.full_like(ids[:, :1], start_of(self.module))
        return {"encoder_outputs": self._encoded, "decoder_input_ids": ids}


def speed_metrics(
    model: Model, ids: torch.Tensor, device: torch.device | str, dtype: torch.dtype
) -> tuple[dict[str, float], dict[str, Any]]:
    """Prefill and decode tokens per second of a loaded model, medians of several runs, and the words about it.

    ``ids``: tokens to read, (n,) int64.
    """
    prompt = _prompt(ids)
    prefill: list[float] = []
    decode: list[float] = []
    with ready_to_decode(model, dtype) as kernels:
        for _ in range(REPEATS + 1):
            decoder = Decoder(model.module, device)
            started = _now(decoder.device)
            token = decoder.feed(prompt).argmax()
            read = _now(decoder.device)
            for _ in range(NEW_TOKENS):
                token = decoder.feed(token[None]).argmax()
            prefill.append(len(prompt) / (read - started))
            decode.append(NEW_TOKENS / (_now(decoder.device) - read))
    how = " The encoder reads, the decoder writes." if reads_two(model.module) else ""
    how += f" Decoded with {kernels}" if kernels else ""
    return _speeds(prefill[1:], decode[1:], len(prompt), how, torch_name())


def speed_metrics_of(program: Program, ids: torch.Tensor) -> tuple[dict[str, float], dict[str, Any]]:
    """`speed_metrics` of a model that another program decodes: as many tokens after as many."""
    prompt = _prompt(ids)
    prefill, decode = program.speeds(prompt.tolist(), NEW_TOKENS, REPEATS + 1)
    return _speeds(prefill[1:], decode[1:], len(prompt), f" {program.how}".rstrip(), program.name)


def _prompt(ids: torch.Tensor) -> torch.Tensor:
    return ids[: min(PROMPT, max(len(ids) - NEW_TOKENS, 1))]


def _speeds(
    prefill: list[float], decode: list[float], prompt: int, how: str, program: str
) -> tuple[dict[str, float], dict[str, Any]]:
    """The metrics and the words about them."""
    said = f"median of {REPEATS}: {prompt} tokens read, {NEW_TOKENS} written, one sequence, key/value cache.{how}"
    metrics = {
        "prefill_tokens_per_second": statistics.median(prefill),
        "decode_tokens_per_second": statistics.median(decode),
    }
    return metrics, {"speed": said, PROGRAM["decode_tokens_per_second"]: program, "threads": torch.get_num_threads()}


def _now(device: torch.device) -> float:
    devices.synchronize(device)
    return time.perf_counter()
