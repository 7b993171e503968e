"""Speed of llama.cpp on this machine while it writes one token after another, from small networks of random weights.

A token reads all weights once: its time is t = token + Σ rows · row + Σ weights · rate(type), a roofline that is
measured, since on a processor unpacking a type may take longer than reading its bytes. Types are measured once by the
version of llama.cpp, the processor and the threads, and stored with the workspace.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import gguf
import numpy as np
import pydantic
import torch

from engine import devices
from engine.base.files import home, make_folder
from engine.base.llama_cpp import program_name
from engine.measure import machine
from engine.measure.llama_cpp.process import Child
from engine.numerics.ggml.layouts import FORMATS
from engine.numerics.ggml.quantize import quantize

PROMPT, REPEATS = 8, 4
"""Tokens that are read, and how often a text is written: the shortest time counts, others were held up."""
SHORTEST = 1e-6
"""Seconds of a token that are believed at least."""
CONTEXT = 512
HEAD = 64
BYTES = 259
"""Tokens of a vocabulary of bytes: those, an unknown one, a beginning and an end."""
DISTINCT = 64
"""Different rows of a weight, repeated: rounding all of them would take longer than running them."""
DENSE: Mapping[str, torch.dtype] = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
TYPES = frozenset({*FORMATS, *DENSE})
"""GGUF types that have a rate."""


@dataclass(frozen=True)
class Shape:
    """A llama network without experts, its embedding the head too. ``tokens``: of a text that takes milliseconds."""

    layers: int
    hidden: int
    inner: int
    key_value: int
    tokens: int

    @property
    def matrices(self) -> dict[str, tuple[int, int]]:
        """(out, in) of the linears of a layer, by the names of GGUF."""
        wide, inner, narrow = self.hidden, self.inner, self.key_value
        attention = {
            "attn_q": (wide, wide),
            "attn_k": (narrow, wide),
            "attn_v": (narrow, wide),
            "attn_output": (wide, wide),
        }
        return {**attention, "ffn_gate": (inner, wide), "ffn_up": (inner, wide), "ffn_down": (wide, inner)}

    @property
    def rows(self) -> int:
        """Outputs of the linears of a layer."""
        return sum(out for out, _ in self.matrices.values())

    @property
    def weights(self) -> int:
        """Of a layer."""
        return sum(out * inputs for out, inputs in self.matrices.values())


WIDE = Shape(layers=12, hidden=1024, inner=2816, key_value=256, tokens=8)
"""Its weights take more than the caches of common processors even in two bits."""
FEW, MANY = (Shape(layers=count, hidden=128, inner=128, key_value=64, tokens=64) for count in (8, 64))
"""Layers with few weights: what differs is mostly the time of a layer beside them."""
NETWORKS = 2
"""Measurements beside one of each type."""
SPEED_SECONDS = 3.0
"""Processor seconds of a measurement, measured."""
Seconds = Annotated[float, pydantic.Field(ge=0, allow_inf_nan=False)]
FIRST = "Q8_0"
"""The type of these: weights of 128 inputs can be stored in it."""


class DecodingRates(pydantic.BaseModel):
    """Seconds of a token beside all linears, of an output of a linear beside its weights, and of a weight by GGUF type.
    ``program``: name and version; ``threads``: that it computed with."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")
    program: str
    threads: int = pydantic.Field(ge=1)
    token: Seconds
    row: Seconds
    weight: dict[str, Seconds]

    def of_linear(self, out_features: int, in_features: int, type_name: str) -> float:
        """Seconds in which one token is multiplied with a weight (out, in) in this type."""
        return out_features * (self.row + in_features * self.weight[type_name])


def decoding_rates(
    types: Iterable[str], checkpoint: Callable[[], None], progress: Callable[[float, str], None]
) -> DecodingRates:
    """Rates of these types, those that are stored or measured now. Raises `ProgramFailed` if llama.cpp can't run, and
    what ``checkpoint`` raises."""
    program = program_name()
    required = [FIRST, *sorted({*types} - {FIRST})]
    count = len(required) + NETWORKS

    def seconds(number: int, type_name: str, shape: Shape) -> float:
        progress(number / count, f"Measuring llama.cpp's speed in {type_name}")
        what = f"a token of {shape} in {type_name} by {program}"
        return machine.seconds_once(what, devices.CPU, lambda: token_seconds(type_name, shape, checkpoint))

    few, many = (seconds(number, FIRST, shape) for number, shape in enumerate((FEW, MANY)))
    wide = {name: seconds(number, name, WIDE) for number, name in enumerate(required, 2)}
    # Three equations in the time of a token, of a row, and of a weight of the first type; few, many and wide are each
    # token + layers · (weights · rate + rows · row)
    narrow = (many - few) / (MANY.layers - FEW.layers)
    token = max(0.0, few - FEW.layers * narrow)
    rows = WIDE.rows / FEW.rows
    rate = ((wide[FIRST] - token) / WIDE.layers - rows * narrow) / (WIDE.weights - rows * FEW.weights)
    row = max(0.0, narrow - FEW.weights * max(0.0, rate)) / FEW.rows
    beside = token + WIDE.layers * WIDE.rows * row
    rates = {name: max(0.0, time - beside) / (WIDE.layers * WIDE.weights) for name, time in wide.items()}
    threads = torch.get_num_threads()
    return DecodingRates(program=program, threads=threads, token=token, row=row, weight=rates)


def token_seconds(type_name: str, shape: Shape, checkpoint: Callable[[], None]) -> float:
    """Seconds in which llama.cpp writes a token of such a network: the shortest times of a text and of one of twice as
    many tokens, so that the prompt's cancels out."""
    cache = home() / "cache"
    make_folder(cache)
    with tempfile.TemporaryDirectory(prefix="speed-", dir=cache) as folder:
        file = Path(folder) / "random.gguf"
        write_random(file, type_name, shape)
        few, many = (shape.tokens * factor for factor in (1, 2))
        times: dict[int, list[float]] = {few: [], many: []}
        with Child(file, context=CONTEXT, quick=True) as child:
            request = {"do": "text_seconds", "prompt": [1] * PROMPT, "threads": child.threads}
            for tokens in (few, many) * REPEATS:
                *_, answer = child.ask(checkpoint, **request, tokens=tokens)
                times[tokens].append(float(answer["end"]))
    return max((min(times[many]) - min(times[few])) / (many - few), SHORTEST)


def write_random(file: Path, type_name: str, shape: Shape) -> None:
    """A GGUF file of a llama network with random weights in one type, and a vocabulary of bytes."""
    writer = gguf.GGUFWriter(str(file), "llama")
    writer.add_block_count(shape.layers)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(shape.hidden)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.hidden // HEAD)
    writer.add_head_count_kv(shape.key_value // HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_layer_norm_rms_eps(1e-5)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    kinds = [gguf.TokenType.UNKNOWN, *[gguf.TokenType.CONTROL] * 2, *[gguf.TokenType.BYTE] * 256]
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    generator = torch.Generator().manual_seed(0)
    norm = np.ones(shape.hidden, np.float32)
    table = _matrix(-(-len(tokens) // DISTINCT) * DISTINCT, shape.hidden, FIRST, generator)[: len(tokens)]
    writer.add_tensor("token_embd.weight", table, raw_dtype=gguf.GGMLQuantizationType[FIRST])
    writer.add_tensor("output_norm.weight", norm)
    matrices = {name: _matrix(*size, type_name, generator) for name, size in shape.matrices.items()}
    for layer in range(shape.layers):
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{name}.weight", norm)
        for name, blocks in matrices.items():
            kind = gguf.GGMLQuantizationType[type_name]
            writer.add_tensor(f"blk.{layer}.{name}.weight", blocks, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _random(rows: int, columns: int, generator: torch.Generator) -> torch.Tensor:
    return 0.02 * torch.randn(rows, columns, generator=generator)


def _matrix(
    rows: int, columns: int, type_name: str, generator: torch.Generator
) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Rows of a weight as bytes."""
    few = _random(DISTINCT, columns, generator)
    blocks = quantize(few, type_name) if type_name in FORMATS else few.to(DENSE[type_name]).view(torch.uint8)
    return np.tile(blocks.numpy(), (rows // DISTINCT, 1))
