"""Round to nearest against llm-compressor: the same model, the same work, fresh processes, load and save included.

    python tests/benchmarks/peers/round_to_nearest.py MODEL --peer /path/to/venv/bin/python [--repetitions 5]

MODEL is a dense Hugging Face folder, or a GGUF file, which is first written out as one. Both sides read it, round all
linear layers but the head to int4 in symmetric groups of 64, and write the packed result. Repetitions alternate; the
smallest time and the smallest peak of each side count. The peer runs in an environment of its own that has
llmcompressor; a few lines are run there, nothing of this project.
"""

from __future__ import annotations

from against_peer import main

OURS = """
import sys, time
from pathlib import Path
started = time.perf_counter()
from engine.methods.registry import method
from engine.models.source import open_model
from engine.run.local import LocalStage
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.models.llama import modeling_llama  # imported lazily otherwise, and the peer's import brings it
import torch
info = method("round_to_nearest")
algorithm = info.load()
imported = time.perf_counter()
model = open_model(Path(sys.argv[1]))
stage = LocalStage(Path(sys.argv[2]))
stage.describe_output(model)
settings = info.settings.parse({"format": "int4", "symmetric": True, "group_size": 64})
model = algorithm.apply(model, settings, stage)
stage.finish(model)
print(f"\\nIMPORT {imported - started} WORK {time.perf_counter() - imported}")
"""

THEIRS = """
import sys, time
started = time.perf_counter()
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from llmcompressor import oneshot
from llmcompressor.modifiers.quantization import QuantizationModifier
from transformers import AutoModelForCausalLM, AutoTokenizer
imported = time.perf_counter()
model = AutoModelForCausalLM.from_pretrained(sys.argv[1])
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
weights = QuantizationArgs(num_bits=4, type="int", symmetric=True, strategy="group", group_size=64)
scheme = QuantizationScheme(targets=["Linear"], weights=weights)
recipe = QuantizationModifier(config_groups={"group_0": scheme}, ignore=["lm_head"])
oneshot(model=model, recipe=recipe, pipeline="datafree")
model.save_pretrained(sys.argv[2], save_compressed=True)
tokenizer.save_pretrained(sys.argv[2])
print(f"\\nIMPORT {imported - started} WORK {time.perf_counter() - imported}")
"""


if __name__ == "__main__":
    main(__doc__ or "", OURS, THEIRS)
