"""Tiny random models of the architectures that are written as GGUF, in llama.cpp and read back.

    python tests/benchmarks/families/gguf_architectures.py [TYPE …]

By how many standard deviations the logits of llama.cpp (of an encoder the hidden states) differ from ours at most, for
float32 and for int4 in groups of 32; and whether the file that is read back gives our logits to the bit, or by how many
they differ too.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import torch

from engine.base.llama_cpp import serve
from engine.export.verification.llama_cpp import hidden_states, log_probabilities
from engine.models.source import open_model

PLAIN = ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "phi3", "gpt2")


def cell(source: Path, folder: Path) -> str:
    """One model in both programs."""
    from test_gguf_architectures import PROMPT, last, written

    from engine.testing.stage import logits

    file, ours = written(source, folder), logits(source)
    if open_model(source).anatomy.kind == "encoder":
        off = torch.from_numpy(hidden_states(serve(file, 64, embeddings=True), PROMPT)) - ours[0]
    else:
        off = torch.from_numpy(log_probabilities(serve(file, 64), PROMPT, ours.shape[-1])) - last(ours)
    difference = float(off.abs().max() / ours.std())
    back = float((logits(open_model(file)) - ours).abs().max() / ours.std())
    return f"{difference:.1g}, {f'{back:.1g}' if back else 'to the bit'}"


def main(wanted: list[str]) -> None:
    """Print the table."""
    root = Path(__file__).parents[2]
    sys.path[:0] = [str(root), str(root / "engine" / "export")]
    from test_gguf_architectures import KINDS, encoder, tiny

    from engine.testing.models import tiny_model, with_merges
    from engine.testing.stage import compress

    print("| model type | float32: llama.cpp, read back | int4 |\n|---|---|---|")
    for kind in wanted or (*PLAIN, *KINDS, "bert"):
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            if kind in KINDS:
                source = tiny(kind, work)
            elif kind == "bert":
                source = encoder(work / "model")
            else:
                source = with_merges(tiny_model(kind, work / "plain"), work / "model")
            compress(source, "round_to_nearest", {"format": "int4", "group_size": 32}, work / "packed")
            packed = cell(work / "packed" / "artifact", work / "packed" / "out")
            print(f"| {kind} | {cell(source, work / 'dense')} | {packed} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
