"""GGUF quants against llama.cpp's own quantizer: the same file, the same mixes, the same importance matrix.

    python tests/benchmarks/peers/gguf_quants.py MODEL.gguf CALIBRATION_TEXT --texts TEXT [TEXT ...] [--windows 16]
        [--window 512] [--types Q4_0 Q4_K_M] [--samples 32] [--imatrix FILE]
        --peer /path/to/venv/bin/python

KL divergence (nats a token, from the model as it is) and perplexity on the first windows of each text, none of which
was calibrated on. The peer runs in an environment of its own that has llama-cpp-py-sync. All files are read and
measured by this program. Seconds and processor seconds of ours are those of the method with loading and storing,
without the importance matrix where that is given; those of the peer are those of its process. A row is printed as it
comes.
"""

from __future__ import annotations

import argparse
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import gguf
import numpy
import torch
from rows import append

from engine.calibration import imatrix
from engine.data.batches import windows as cut
from engine.data.samples import load_ids
from engine.export.registry import export_format
from engine.methods.registry import method
from engine.models.source import load_tokenizer, open_model
from engine.run.local import LocalStage

AT_ONCE = 16
"""Tokens that are compared at once: of large vocabularies more would be many times what a cache holds."""
Taken = tuple[float, float]
"""Seconds, and seconds of the processor."""
TYPES = ("Q4_0", "Q4_K_M", "Q3_K_M", "Q2_K", "IQ4_XS", "IQ3_XXS", "IQ2_XS")
THEIRS = """
import sys
import numpy
from llama_cpp_py_sync import _cffi_bindings as bindings
ffi, lib = bindings.get_ffi(), bindings.get_lib()
source, target, matrix, kind, threads = sys.argv[1:]
lib.llama_backend_init()
options = lib.llama_model_quantize_default_params()
options.nthread, options.ftype, options.allow_requantize = int(threads), int(kind), True
found = numpy.load(matrix)
table = ffi.new("struct llama_model_imatrix_data[]", len(found.files) + 1)
held = []
for entry, name in zip(table, found.files):
    values = found[name].astype(numpy.float32)
    held += [ffi.new("char[]", name.encode()), ffi.new("float[]", values.tolist())]
    entry.name, entry.data, entry.size = held[-2], held[-1], len(values)
options.imatrix = table
sys.exit(int(lib.llama_model_quantize(source.encode(), target.encode(), ffi.addressof(options))))
"""


class Texts:
    """The texts in windows, and what the model as it is says to them."""

    def __init__(self, model: Path, names: list[str], window: int, windows: int) -> None:
        reference = open_model(model)
        tokenizer = load_tokenizer(reference)
        self.windows = {Path(name).stem: cut(load_ids(tokenizer, name)[0], window, windows) for name in names}
        network = reference.ready().module
        self._head = network.get_output_embeddings()
        with torch.no_grad():  # last hidden states are a hundredth of the probabilities' bytes
            self._hidden = {
                name: [network.base_model(input_ids=row[None]).last_hidden_state for row in ids]
                for name, ids in self.windows.items()
            }

    def measured(self, model: Path) -> dict[str, tuple[float, float]]:
        """By text: KL divergence and perplexity."""
        network = open_model(model).ready().module
        found = {}
        for name, ids in self.windows.items():
            divergence, nll = 0.0, 0.0
            for row, hidden in zip(ids, self._hidden[name], strict=True):
                with torch.no_grad():
                    logits = network(input_ids=row[None]).logits[0], self._head(hidden)[0]
                targets = [*row[1:].split(AT_ONCE), row[:0]]  # the last token has no next one
                pieces = zip(*(each.split(AT_ONCE) for each in logits), targets, strict=False)
                for some, as_it_is, following in pieces:
                    here, expected = (torch.log_softmax(each.float(), -1) for each in (some, as_it_is))
                    divergence += float((torch.exp(expected) * (expected - here)).sum(-1).double().sum())
                    nll -= float(here[: len(following)].gather(1, following[:, None]).double().sum())
            tokens = ids.numel()
            found[name] = (divergence / tokens, math.exp(nll / (tokens - len(ids))))
        return found


def ours(model: Path, settings: dict[str, Any], place: Path) -> tuple[Path, Taken, int]:
    """Where the artifact is, what it took, bytes of the GGUF file."""
    info, opened = method("gguf_quants"), open_model(model)
    stage = LocalStage(place)
    started, processor = time.perf_counter(), time.process_time()
    stage.describe_output(opened)
    artifact = stage.finish(info.load().apply(opened, info.settings.parse(settings), stage))
    seconds = time.perf_counter() - started, time.process_time() - processor
    kind = export_format("gguf")
    return artifact, seconds, kind.expected_bytes(open_model(artifact), kind.options())


def gathered_matrix(model: Path, text: dict[str, Any], folder: Path) -> Path:
    """The importance matrix of a calibration text, in a file in ``folder``."""
    matrix = folder / "imatrix.gguf"
    ours(model, {**text, "type": "MXFP4", "method": "nearest", "save_imatrix": str(matrix)}, folder / "gathered")
    return matrix


def store_for_peer(matrix: Path, folder: Path) -> None:
    """Store an importance matrix in ``folder`` as `quantized_by_llama_cpp` reads it."""
    numpy.savez(folder / "matrix.npz", **{name: values.numpy() for name, values in imatrix.read(matrix).items()})


def quantized_by_llama_cpp(python: Path, model: Path, kind: str, folder: Path) -> tuple[Path, Taken]:
    """The file of llama.cpp's own quantizer, in ``folder`` with the importance matrix, and what it took. ``python``: of
    the environment that has llama-cpp-py-sync."""
    target = folder / f"theirs-{kind}.gguf"
    number = int(gguf.LlamaFileType[f"MOSTLY_{kind}"])
    command = [str(python), "-c", THEIRS, str(model), str(target), str(folder / "matrix.npz")]
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [*command, str(number), str(torch.get_num_threads())], capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return target, (time.perf_counter() - started, processor)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("--texts", nargs="+", required=True)
    parser.add_argument("--windows", type=int, default=16)
    parser.add_argument("--window", type=int, default=512)
    parser.add_argument("--types", nargs="*", default=TYPES)
    parser.add_argument("--methods", nargs="*", default=["nearest", "gptq"])
    parser.add_argument("--samples", type=int, default=32)
    parser.add_argument("--damping", type=float, default=None)
    parser.add_argument("--peer", type=Path)
    parser.add_argument("--imatrix", type=Path, help="gathered before, instead of here")
    options = parser.parse_args()
    texts = Texts(options.model, options.texts, options.window, options.windows)
    heads = " | ".join(f"{name}: KL | perplexity" for name in texts.windows)
    print(f"| type | quantizer | {heads} | bytes | seconds | processor |")
    print("|---" * (5 + 2 * len(texts.windows)) + "|", flush=True)
    text = {"text": options.calibration, "num_samples": options.samples, "sequence_length": 512}
    with tempfile.TemporaryDirectory() as place:
        matrix = options.imatrix or gathered_matrix(options.model, text, Path(place))
        store_for_peer(matrix, Path(place))
        for kind in options.types:
            given = {"importance": "file", "imatrix": str(matrix)}
            more = {} if options.damping is None else {"damping": options.damping}
            for way, settings in (("nearest", given), ("gptq", {**text, **more})):
                if way in options.methods:
                    found = ours(
                        options.model, {"type": kind, "method": way, **settings}, Path(place) / f"{kind} {way}"
                    )
                    report(kind, f"ours, {way}", texts.measured(found[0]), found[2], found[1], options)
            if options.peer:
                peer(options, kind, Path(place), texts)


def peer(options: argparse.Namespace, kind: str, place: Path, texts: Texts) -> None:
    """The row of llama.cpp's quantizer."""
    target, seconds = quantized_by_llama_cpp(options.peer, options.model, kind, place)
    report(kind, "llama.cpp", texts.measured(target), target.stat().st_size, seconds, options)


def report(
    kind: str, title: str, found: dict[str, tuple[float, float]], size: int, taken: Taken, options: argparse.Namespace
) -> None:
    """Print a row and append it to rows.jsonl."""
    texts = {
        name: {"windows": options.windows, "perplexity": perplexity, "kl_divergence": divergence}
        for name, (divergence, perplexity) in found.items()
    }
    costs = {"size_bytes": size, "seconds": taken[0], "processor_seconds": taken[1]}
    append("gguf_quants", f"{kind}, {title}", ["gguf_quants"], 0, {"texts": texts, **costs})
    told = " | ".join(f"{divergence:.4f} | {perplexity:.2f}" for divergence, perplexity in found.values())
    print(f"| {kind} | {title} | {told} | {size:,} | {taken[0]:.1f} | {taken[1]:.1f} |", flush=True)


if __name__ == "__main__":
    main()
