"""Loads an export as any program would, and gives what the model computes for some tokens: see `process`."""

from __future__ import annotations

import contextlib
import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from engine import devices
from engine.architecture import pretrained
from engine.architecture.skeleton import check_fits
from engine.architecture.two_texts import inputs_of
from engine.base.errors import StudioError
from engine.base.files import read_object
from engine.export.verification.layer_progress import VERB, Progress, layers_reported, reporter
from engine.export.verification.machine import is_memory
from engine.export.verification.stock_layers import WHOLE, NotByLayerError, layered

READ_BACK = ("gptq", "awq")
"""Quantization methods for which transformers asks for packages that this program does not need otherwise."""
KERNELS = "For a check by a program that uses it: load the folder with vLLM on a machine with an accelerator."
"""Advice for formats whose kernels only run there."""


def answer(work: Path) -> None:
    """Answer the request in ``work``. A folder that this program would not open is not given to any library."""
    request = json.loads((work / "request.json").read_text("utf-8"))
    try:
        result = _answer(work, request, Path(request["folder"]))
    except StudioError as error:
        result = {"loaded_by": "", "faults": [f"it can't be loaded: {str(error).rstrip('.')}"], "text": None}
    except Exception as error:  # whatever a library trips over is what anybody would see who loads the folder
        why = " ".join(str(error).split())[:300]
        result = {"loaded_by": "", "faults": [f"it can't be loaded: {type(error).__name__}: {why}"], "text": None}
        if is_memory(error):  # a fact about the machine, not about the folder
            result |= {"faults": [], "unchecked": "memory ran out"}
    (work / "result.json").write_text(json.dumps(result), "utf-8")


def _answer(work: Path, request: dict[str, Any], folder: Path) -> dict[str, Any]:
    read_by: dict[str, str] = {}
    report, whole = reporter(work), ""
    kind, tokens, output = request["kind"], torch.tensor(request["tokens"]), None
    with contextlib.ExitStack() as stack:
        if (folder / "compression.json").exists():
            module, loader, faults = _own(folder, stack, report)
        elif (folder / "adapter_config.json").exists():
            module, loader, faults = _peft(folder, kind)
        elif (method := _quantization(folder).get("quant_method")) in READ_BACK:
            module, loader, faults = _read_back(folder, str(method), stack, report)
            read_by = {"verified_by": "this program", "advice": KERNELS}
        else:
            try:
                output, loader = _by_layer(folder, kind, tokens, int(request.get("room", WHOLE)), report)
                module, faults = None, []
            except NotByLayerError as reason:
                whole = str(reason)
                report(0.0, f"{VERB}: loading the model as a whole")
                module, loader, faults = _stock(folder, kind)
        output = _output(module, tokens, kind) if output is None else output
    save_file({"output": output.detach().float().contiguous()}, work / "output.safetensors")
    text = _tokenized(folder, request["text"]) if request["text"] else None
    return {"loaded_by": loader, "faults": faults, "text": text, "memory_bytes": devices.peak_resident(), **read_by} | (
        {"read_whole": whole} if whole else {}
    )


def _output(module: Any, tokens: torch.Tensor, kind: str) -> Any:
    """The logits or the hidden states for ``tokens``, (rows, tokens)."""
    states: list[Any] = []  # the whole network is run: some unpack their layers when that is called
    hook = module.eval().base_model.register_forward_hook(lambda *arguments: states.append(arguments[-1]))
    with _exact(module):
        output = module(**inputs_of(module, tokens))
    hook.remove()
    return output.logits if kind == "logits" else states[0].last_hidden_state


def _by_layer(folder: Path, kind: str, tokens: torch.Tensor, room: int, report: Progress) -> tuple[torch.Tensor, str]:
    """The output by transformers' modules and quantizer, one layer in memory at a time, and the loader in words.

    Raises `NotByLayerError` for what transformers has to read as a whole: models of up to ``room`` bytes, and networks
    that can't be taken apart."""
    import transformers

    check_fits(folder)
    auto = pretrained.auto_class(read_object(folder / "config.json"), kind)
    try:
        module, layers = layered(folder, _dtype(folder), room)
        with layers_reported(module, layers, VERB, report):
            output: torch.Tensor = _output(module, tokens, kind)
    except (StudioError, NotByLayerError):
        raise
    except Exception as error:  # whatever a network does between its layers
        if is_memory(error):
            raise
        why = " ".join(str(error).split())[:200]
        raise NotByLayerError(f"reading it layer by layer failed ({type(error).__name__}: {why})") from error
    return output, f"transformers {transformers.__version__} {auto}, layer by layer,"


def _own(folder: Path, stack: contextlib.ExitStack, report: Progress) -> tuple[Any, str, list[str]]:
    """By this engine: the container that only it knows; one layer in memory at a time."""
    from engine.models.running import streamed
    from engine.models.source import open_model
    from engine.version import __version__

    model = open_model(folder)
    stack.enter_context(streamed(model))
    stack.enter_context(layers_reported(model.module, [layer.name for layer in model.anatomy.layers], VERB, report))
    return model.module, f"Compression Studio {__version__}", []


def _stock(folder: Path, kind: str) -> tuple[Any, str, list[str]]:
    """By transformers alone; what it reports about tensors that are missing or left over is a fault."""
    import transformers

    check_fits(folder)
    auto = pretrained.auto_class(read_object(folder / "config.json"), kind)
    module, info = pretrained.stock_model(folder, auto, _dtype(folder))
    faults = [f"{word.replace('_', ' ')}: {_first(info[word])}" for word in sorted(info) if info[word]]
    return module, f"transformers {transformers.__version__} {auto}", faults


def _quantization(folder: Path) -> dict[str, Any]:
    entry = read_object(folder / "config.json").get("quantization_config") or {}
    return entry if isinstance(entry, dict) else {}


def _dtype(folder: Path) -> torch.dtype:
    """float32; bfloat16 where compressed-tensors unpacks 4-bit floats at the first forward pass, which it does into
    that, whatever the rest of the model is in."""
    config = _quantization(folder)
    groups = config.get("config_groups")
    entries = [group for group in groups.values() if isinstance(group, dict)] if isinstance(groups, dict) else []
    formats = {str(entry.get("format")) for entry in (config, *entries)}
    late = not config.get("dequantize") and formats & {"nvfp4-pack-quantized", "mxfp4-pack-quantized"}
    return torch.bfloat16 if late else torch.float32


def _read_back(folder: Path, method: str, stack: contextlib.ExitStack, report: Progress) -> tuple[Any, str, list[str]]:
    """By this program's reader of the layout, into a dense network of transformers, one layer in memory at a time: it
    needs programs with kernels for these files, which run on accelerators, so nothing but this program has read them.
    """
    import transformers

    from engine.models.running import streamed
    from engine.models.source import open_model

    check_fits(folder)
    model = open_model(folder)
    unexpected = set(model.source.names()) - model.module.state_dict(keep_vars=True).keys()
    stack.enter_context(streamed(model))
    stack.enter_context(layers_reported(model.module, [layer.name for layer in model.anatomy.layers], VERB, report))
    faults = [f"unexpected keys: {_first(unexpected)}"] if unexpected else []
    return model.module, f"this program's reader of {method} into transformers {transformers.__version__}", faults


def _peft(folder: Path, kind: str) -> tuple[Any, str, list[str]]:
    """The base by transformers, the adapter by peft; its tensors have to be all and only those that the base takes."""
    import peft
    from safetensors import safe_open

    base, loader, faults = _stock(folder / "base", kind)
    module = pretrained.adapted(base, folder)
    in_adapter = set(peft.get_peft_model_state_dict(module))
    with safe_open(folder / "adapter_model.safetensors", "pt") as file:
        there = set(file.keys())
    if in_adapter != there:
        faults.append(f"adapters that the base has no place for, or lacks: {_first(in_adapter ^ there)}")
    return module, f"peft {peft.__version__} on {loader}", faults


def _exact(module: Any) -> AbstractContextManager[Any]:
    """Without gradients bitsandbytes rounds scales and inputs to bfloat16 on some CPUs; with them it does not."""
    if not getattr(module, "is_loaded_in_4bit", False):
        return torch.no_grad()
    module.get_input_embeddings().requires_grad_(True)
    return torch.enable_grad()


def _first(values: Any) -> str:
    names = sorted(str(value) for value in values)
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0]


def _tokenized(folder: Path, text: str) -> list[int]:
    ids: list[int] = pretrained.tokenizer(folder)(text)["input_ids"]
    return ids
