"""Scales of 4-bit integers: rounding without data, with an importance matrix, GPTQ, and llama.cpp's own quantizer.

    python tests/benchmarks/scales.py MODEL.gguf CALIBRATION_TEXT --texts TEXT [TEXT ...] [--windows 2]
        [--group-sizes 32 64] [--formats int4] [--samples 32] [--peer /path/to/venv/bin/python]

Perplexity in windows of 2048 tokens of each text, none of which was calibrated on. The peer runs in an environment of
its own that has llama-cpp-py-sync: its library quantizes the layers of the same file to Q4_0 (groups of 32; the
embedding stays as it is here), without and with an importance matrix, which is that of our calibration. All files are
read and measured by this program. A row is printed as it comes.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from one_method import Step, apply_apart

THEIRS = """
import sys
import numpy
from llama_cpp_py_sync import _cffi_bindings as bindings
ffi, lib = bindings.get_ffi(), bindings.get_lib()
source, target, matrix = sys.argv[1:]
lib.llama_backend_init()
options = lib.llama_model_quantize_default_params()
options.nthread, options.ftype = 2, 2  # LLAMA_FTYPE_MOSTLY_Q4_0
options.allow_requantize, options.quantize_output_tensor, options.pure = True, False, True
options.token_embedding_type = options.output_tensor_type = 1  # GGML_TYPE_F16
held = []
if matrix:
    found = numpy.load(matrix)
    table = ffi.new("struct llama_model_imatrix_data[]", len(found.files) + 1)
    for entry, name in zip(table, found.files):
        values = found[name].astype(numpy.float32)
        held += [ffi.new("char[]", name.encode()), ffi.new("float[]", values.tolist())]
        entry.name, entry.data, entry.size = held[-2], held[-1], len(values)
    options.imatrix = table
wrong = lib.llama_model_quantize(source.encode(), target.encode(), ffi.addressof(options))
sys.exit(int(wrong))
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("calibration")
    parser.add_argument("--texts", nargs="+", required=True)
    parser.add_argument("--windows", type=int, default=2)
    parser.add_argument("--group-sizes", nargs="*", type=int, default=[32])
    parser.add_argument("--formats", nargs="*", default=["int4"])
    parser.add_argument("--samples", type=int, default=32)
    parser.add_argument("--peer", type=Path)
    options = parser.parse_args()
    texts = " | ".join(Path(text).stem for text in options.texts)
    print(f"| weights | quantizer | {texts} | seconds |\n|---|---|{'---|' * len(options.texts)}---|", flush=True)
    text = {"text": options.calibration, "num_samples": options.samples, "sequence_length": 512}
    report("float32", "as it is", measured(options.model, [], options))
    for name in options.formats:
        for size in options.group_sizes:
            shared = {"format": name, "group_size": size}
            for title, method, more in (
                ("round to nearest, no data", "round_to_nearest", {}),
                ("round to nearest, importance matrix", "round_to_nearest", {"clip": "imatrix_mse", **text}),
                ("GPTQ", "gptq", text),
            ):
                step: Step = (method, {**shared, **more})
                report(f"{name}, groups of {size}", title, measured(options.model, [step], options))
    if options.peer:
        peer(options, text)


def peer(options: argparse.Namespace, text: dict[str, Any]) -> None:
    """The rows of llama.cpp's quantizer."""
    with tempfile.TemporaryDirectory() as place:
        matrix = Path(place) / "matrix.npz"
        importance_matrix(options.model, text, matrix)
        for title, given in (("no data", ""), ("importance matrix", str(matrix))):
            target = Path(place) / f"{title}.gguf"
            command = [str(options.peer), "-c", THEIRS, str(options.model), str(target), given]
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            seconds = time.perf_counter() - started
            if done.returncode:
                raise SystemExit(done.stderr[-3000:])
            found = measured(target, [], options) | {"seconds": seconds}
            report("Q4_0", f"llama.cpp, {title}", found)


def importance_matrix(model: Path, text: dict[str, Any], file: Path) -> None:
    """The mean of x² of each input of each layer, by the names of a GGUF file."""
    import gguf
    import numpy

    from engine.calibration.input_energy import input_energies
    from engine.calibration.settings import CalibrationSettings
    from engine.models.source import open_model
    from engine.run.local import LocalStage

    opened = open_model(model)
    with tempfile.TemporaryDirectory() as place:
        stage = LocalStage(Path(place))
        stage.know(opened)
        names = {linear.name for linear in opened.anatomy.linears}
        found = input_energies(opened, CalibrationSettings.parse(text), stage, names)
    architecture = {word: key for key, word in gguf.MODEL_ARCH_NAMES.items()}[opened.config["model_type"]]
    table = gguf.get_tensor_name_map(architecture, len(opened.anatomy.layers))
    numpy.savez(file, **{f"{table.get_name(name)}.weight": energy.numpy() for name, energy in found.items()})


def measured(model: Path, steps: list[Step], options: argparse.Namespace) -> dict[str, Any]:
    """Perplexities by text, and what the steps cost."""
    first, *others = options.texts
    more = [f"{other}={options.windows}" for other in others]
    return apply_apart(model, steps, first, 2048, options.windows, more)


def report(weights: str, title: str, found: dict[str, Any]) -> None:
    """Print a row."""
    told = " | ".join(f"{each['perplexity']:.2f}" for each in (found, *found["others"]))
    print(f"| {weights} | {title} | {told} | {found['seconds']:.1f} |", flush=True)


if __name__ == "__main__":
    main()
