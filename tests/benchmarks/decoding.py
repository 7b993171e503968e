"""Speed of decoding and of reading a prompt (prefill) on the CPU: a model as it is, and in 4 and 8 bits with torch's
kernels for packed weights and without.

    python tests/benchmarks/decoding.py MODEL [--repetitions 3] [--rows "as it is" Q3_K_M …]

Every variant is rounded to nearest without data and measured as "measure speed" does, all by turns in one process: one
sequence with a key/value cache, float32. Without kernels: the dense weights, unpacked before. Where llama.cpp is
installed (the extra ``llama``), it decodes the GGUF exports of the same artifacts by turns with them, and the model
itself if that is a GGUF file, as many tokens after as many, with as many threads; what is not packed is float32 in
these files. Medians.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import gguf
import torch

from engine.export.registry import export_format
from engine.measure.llama_cpp.process import Child
from engine.measure.speed import NEW_TOKENS, PROMPT, REPEATS, speed_metrics
from engine.methods.registry import method
from engine.models.model import Model
from engine.models.source import load_tokenizer, open_model
from engine.run.local import LocalStage

ROWS: dict[str, tuple[str, dict[str, Any]] | None] = {
    "as it is": None,
    "int4, groups of 32": ("round_to_nearest", {"format": "int4", "group_size": 32}),
    "int4, groups of 64": ("round_to_nearest", {"format": "int4", "group_size": 64}),
    "int8, per channel": ("round_to_nearest", {"format": "int8", "granularity": "channel"}),
    "nvfp4": ("round_to_nearest", {"format": "nvfp4"}),
    "Q4_K_M": ("gguf_quants", {"type": "Q4_K_M", "method": "nearest", "importance": "none"}),
    "Q3_K_M": ("gguf_quants", {"type": "Q3_K_M", "method": "nearest", "importance": "none"}),
}
DECODE, PREFILL = "decode_tokens_per_second", "prefill_tokens_per_second"
TEXT = "The river had frozen in the night, and by the morning children were skating where boats had lain. " * 12


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--rows", nargs="*", default=list(ROWS), choices=list(ROWS))
    options = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {}
    words: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as place:
        artifacts = {
            title: rounded(options.model, wanted, Path(place) / title)
            for title in options.rows
            for wanted in [ROWS[title]]
        }
        files = exported(artifacts, Path(place) / "gguf") if importlib.util.find_spec("xllamacpp") else {}
        for _ in range(options.repetitions):
            for title, artifact in artifacts.items():
                model = open_model(artifact).ready()
                for kernels in (True, False) if model.compressed() else (False,):
                    name = title if kernels or not model.compressed() else f"{title}, without kernels"
                    metrics, protocol = measured(model, kernels)
                    found.setdefault(name, []).append((metrics[DECODE], metrics[PREFILL]))
                    words[name] = protocol["speed"].partition("Decoded with ")[2].strip()
                if title in files:
                    name = f"{title}, llama.cpp"
                    found.setdefault(name, []).append(by_llama_cpp(files[title], options.model))
                    words[name] = f"llama.cpp's {block_types(files[title])}"
    print(f"| | tokens/s decoded | tokens/s read, {PROMPT} tokens | computed by |\n|---|---|---|---|")
    for name, values in found.items():
        decoded, read = (statistics.median(column) for column in zip(*values, strict=True))
        print(f"| {name} | {decoded:.1f} | {read:.1f} | {words[name] or 'dense layers'} |")
    print(f"\nThreads: {torch.get_num_threads()}; {torch.backends.cpu.get_cpu_capability()}.")


def rounded(model: Path, wanted: tuple[str, dict[str, Any]] | None, place: Path) -> Path:
    """The artifact of one row."""
    if wanted is None:
        return model
    info, opened, stage = method(wanted[0]), open_model(model), LocalStage(place)
    stage.describe_output(opened)
    return Path(stage.finish(info.load().apply(opened, info.settings.parse(wanted[1]), stage)))


def exported(artifacts: dict[str, Path], folder: Path) -> dict[str, Path]:
    """The GGUF files of those artifacts whose integers have blocks there."""
    entry = export_format("gguf")
    found = {}
    for title, artifact in artifacts.items():
        if artifact.suffix == ".gguf":
            found[title] = artifact
            continue
        options = entry.options.parse({"dtype": "float32"})
        told = [problem.message for problem in entry.check(open_model(artifact), options)]
        if not any("written out in full" in message for message in told):
            entry.write(open_model(artifact), folder / title, options, lambda *_: None)
            (found[title],) = (folder / title).glob("*.gguf")
    return found


def block_types(file: Path) -> str:
    """The types of most weights of a file, e.g. "Q4_0 (F32 elsewhere)"."""
    counts: Counter[str] = Counter()
    for tensor in gguf.GGUFReader(file).tensors:
        counts[tensor.tensor_type.name] += int(tensor.n_elements)
    first, *others = [name for name, _ in counts.most_common() if name != "F32"] or ["F32"]
    return first if first == "F32" else f"{', '.join([first, *others])} (F32 elsewhere)"


def by_llama_cpp(file: Path, model: Path) -> tuple[float, float]:
    """Tokens per second of decoding and of reading the prompt, by its own clock, as "measure speed" has them."""
    ids = load_tokenizer(open_model(model))(TEXT)["input_ids"][:PROMPT]
    with Child(file, context=PROMPT + NEW_TOKENS + 8, quick=True) as child:
        answers = [
            answer["end"]
            for _ in range(REPEATS + 1)
            for answer in child.ask(lambda: None, do="speed", prompt=ids, tokens=NEW_TOKENS)
        ]
    read, written = (statistics.median(column) for column in zip(*answers[1:], strict=True))
    return written, read


def measured(model: Model, kernels: bool) -> tuple[dict[str, float], dict[str, Any]]:
    """As "measure speed" does; ``kernels`` False: as if torch had none."""
    ids = torch.tensor(load_tokenizer(model)(TEXT)["input_ids"])
    if kernels:
        return speed_metrics(model, ids, "cpu", torch.float32)
    kept = {module: module.use_kernels for module in model.compressed().values()}
    for module in kept:
        module.use_kernels = lambda wanted: ()  # type: ignore[method-assign]
    try:
        return speed_metrics(model, ids, "cpu", torch.float32)
    finally:
        for module in kept:
            del module.use_kernels


if __name__ == "__main__":
    main()
