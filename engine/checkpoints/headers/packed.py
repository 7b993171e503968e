"""Tensors that a checkpoint holds packed, as several others: found from names, shapes and config.json alone.

Known layouts: GPTQ, AWQ (gemm), compressed-tensors, bitsandbytes (4 and 8 bits), MXFP4 as gpt-oss has it, float8 with
scales of blocks as DeepSeek-V3 has it; and what artifacts of this program keep as it came.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.base.errors import BadInput
from engine.base.patterns import pattern
from engine.checkpoints.headers import TensorInfo


@dataclass(frozen=True)
class Packed:
    """A tensor that lies packed in a checkpoint.

    layout: whose. parts: role -> the stored tensor. options: what else its meaning needs, JSON. shape: of the tensor.
    word: for people, e.g. "int4".
    """

    layout: str
    parts: dict[str, TensorInfo]
    options: dict[str, Any]
    shape: tuple[int, ...]
    word: str

    @property
    def nbytes(self) -> int:
        """Bytes of all that is stored."""
        return sum(part.nbytes for part in self.parts.values())


Found = dict[str, Packed]
Infos = Mapping[str, TensorInfo]


def unpacked_headers(tensors: Iterable[TensorInfo], packed: Found) -> tuple[TensorInfo, ...]:
    """The headers with every packed tensor as one, of the shape that it stands for and the bytes that it takes."""
    owner = {part.name: name for name, owner_tensor in packed.items() for part in owner_tensor.parts.values()}
    headers: dict[str, TensorInfo] = {}
    for info in tensors:
        name = owner.get(info.name)
        if name is None:
            headers[info.name] = info
        elif name not in headers:
            owner_tensor = packed[name]
            headers[name] = replace(
                info, name=name, shape=owner_tensor.shape, dtype=owner_tensor.word, nbytes=owner_tensor.nbytes
            )
    return tuple(headers.values())


def find(folder: Path, config: Mapping[str, Any], tensors: Iterable[TensorInfo]) -> Found:
    """The packed tensors of a checkpoint by the names of what they stand for, {} where it has no quantization_config.

    Raises `BadInput` for layouts that can't be read.
    """
    said = config.get("quantization_config")
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise _refused(folder, "another program", "its quantization_config is not a JSON object")
    word = str(said.get("quant_method", ""))
    infos = {info.name: info for info in tensors}
    if word not in _LAYOUTS:
        raise _refused(folder, word or "another program", f"known are {', '.join(_LAYOUTS)}")
    try:
        packed = dict(_LAYOUTS[word](folder, said, infos))
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError, OSError) as error:
        why = f"its tensors are not laid out as its config says ({type(error).__name__}: {error})"
        raise _refused(folder, word, why) from None
    if not packed:
        raise _refused(folder, word, "it holds no packed tensor of that layout")
    return packed


def kept(described: Mapping[str, Any], tensors: Iterable[TensorInfo]) -> Found:
    """The tensors that an artifact keeps as they came: ``described`` is the entry of compression.json, name -> layout,
    options, shape, word; the parts of a tensor lie under its name with their roles behind it. Raises `BadInput`."""
    infos: dict[str, dict[str, TensorInfo]] = {}
    for info in tensors:
        for name in (info.name[:at] for at, sign in enumerate(info.name) if sign == "."):
            if name in described:
                infos.setdefault(name, {})[info.name.removeprefix(f"{name}.")] = info
    try:
        return {
            name: Packed(
                entry["layout"], infos[name], dict(entry["options"]), tuple(entry["shape"]), str(entry["word"])
            )
            for name, entry in described.items()
        }
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            "The artifact's description is damaged",
            where="packed",
            why=f"{type(error).__name__}: {error}",
            advice="run the pipeline again",
        ) from None


def describe(config: Mapping[str, Any], packed: Found) -> str:
    """In what a model came, e.g. "GPTQ (int4)"; "" for one that is not packed."""
    said = config.get("quantization_config")
    words = sorted({tensor.word for tensor in packed.values()})
    if not words:
        return ""
    method = str(said.get("quant_method", "")) if isinstance(said, dict) else ""
    return f"{_TITLES.get(method, method)} ({', '.join(words)})" if method else ", ".join(words)


def rounds_inputs(config: Mapping[str, Any]) -> bool:
    """True where the programs that run it round the inputs of layers too."""
    said = config.get("quantization_config")
    groups = said.get("config_groups") if isinstance(said, dict) else None
    entries = groups.values() if isinstance(groups, dict) else ()
    return any(isinstance(entry, dict) and entry.get("input_activations") for entry in entries)


def _refused(folder: Path, method: str, why: str) -> BadInput:
    return BadInput(
        f"The model was quantized in a layout that can't be read ({method})",
        where=str(folder),
        why=why,
        advice="use the original model in 16 or 32 bits",
    )


# -- layouts -----------------------------------------------------------------------------------------------------------
def _parts(infos: Infos, stem: str, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, TensorInfo]:
    """The tensors ``stem`` + "." + role; KeyError if a required one is absent."""
    parts = {role: infos[f"{stem}.{role}"] for role in required}
    return parts | {role: infos[f"{stem}.{role}"] for role in optional if f"{stem}.{role}" in infos}


def _gptq(folder: Path, said: dict[str, Any], infos: Infos) -> Iterator[tuple[str, Packed]]:
    plus_one = said.get("checkpoint_format", "gptq") == "gptq"
    for name in infos:
        if name.endswith(".qweight"):
            stem = name.removesuffix(".qweight")
            parts = _parts(infos, stem, ("qweight", "qzeros", "scales"), ("g_idx",))
            rows, outputs = parts["qweight"].shape
            bits = rows * 32 // parts["g_idx"].shape[0] if "g_idx" in parts else int(said["bits"])
            options = {"bits": bits, "plus_one": plus_one}
            yield f"{stem}.weight", Packed("gptq", parts, options, (outputs, rows * 32 // bits), f"int{bits}")


def _awq(folder: Path, said: dict[str, Any], infos: Infos) -> Iterator[tuple[str, Packed]]:
    if str(said.get("version", "gemm")).lower() != "gemm":
        raise _refused(folder, "awq", f"its version is {said['version']}, not gemm")
    for name in infos:
        if name.endswith(".qweight"):
            stem = name.removesuffix(".qweight")
            parts = _parts(infos, stem, ("qweight", "qzeros", "scales"))
            inputs, words = parts["qweight"].shape
            yield f"{stem}.weight", Packed("awq", parts, {}, (words * 8, inputs), "int4")


def _compressed_tensors(folder: Path, said: dict[str, Any], infos: Infos) -> Iterator[tuple[str, Packed]]:
    sparse = (said.get("sparsity_config") or {}).get("format", "dense")
    if sparse != "dense":
        raise _refused(folder, "compressed-tensors", f"its weights are stored as {sparse}")
    for name in infos:
        stem, _, leaf = name.rpartition(".")
        if leaf not in ("weight_packed", "weight") or f"{stem}.weight_scale" not in infos:
            continue
        weights = _group(folder, said, stem)["weights"]
        more = ("weight_zero_point", "weight_g_idx", "weight_global_scale", "weight_shape")
        parts = _parts(infos, stem, (leaf, "weight_scale"), more)
        gone = ("input_scale", "input_zero_point", "input_global_scale", "output_scale", "output_zero_point")
        unread = {f"-{role}": infos[f"{stem}.{role}"] for role in gone if f"{stem}.{role}" in infos}
        outputs, inputs = parts[leaf].shape
        bits, kind = int(weights["num_bits"]), weights["type"]
        if leaf == "weight_packed" and kind == "float":
            options: dict[str, Any] = {"form": "float4"}
            inputs *= 2
            word = "nvfp4" if "weight_global_scale" in parts else "mxfp4"
        elif leaf == "weight_packed":
            outputs, inputs = _integers(folder, parts["weight_shape"])
            options, word = {"form": "packed", "bits": bits, "outputs": outputs, "inputs": inputs}, f"int{bits}"
        else:
            options = {"form": "plain", "block": list(weights.get("block_structure") or ())}
            word = f"int{bits}" if kind == "int" else f"float{bits}"
        yield f"{stem}.weight", Packed("compressed-tensors", parts | unread, options, (outputs, inputs), word)


def _group(folder: Path, said: dict[str, Any], name: str) -> dict[str, Any]:
    """The group of a layer: one that names it, then one whose pattern fits, then one of its class. Raises `BadInput`
    if there is none, or if a pattern can't be matched."""
    groups: list[dict[str, Any]] = list(said["config_groups"].values())
    for group in groups:
        if name in group["targets"]:
            return group
    for group in groups:
        if any(
            pattern_or_name.startswith("re:") and pattern(pattern_or_name[3:]).begins(name)
            for pattern_or_name in group["targets"]
        ):
            return group
    for group in groups:
        if not all(target.startswith("re:") for target in group["targets"]):
            return group
    raise _refused(folder, "compressed-tensors", f"no entry of its config_groups is about {name}, which is packed")


def _bitsandbytes(folder: Path, said: dict[str, Any], infos: Infos) -> Iterator[tuple[str, Packed]]:
    mark = ".weight.quant_state.bitsandbytes__"
    for name, info in infos.items():
        if mark in name:
            stem = name.partition(mark)[0]
            state = json.loads(bytes(_raw(folder, info)))
            parts = _parts(infos, stem, ("weight", "weight.absmax"), ("weight.nested_absmax",))
            tables = ("weight.quant_map", "weight.nested_quant_map")
            unread = {f"-{role}": infos[f"{stem}.{role}"] for role in tables if f"{stem}.{role}" in infos}
            options = {"form": state["quant_type"], "size": int(state["blocksize"])}
            options |= {"shape": list(state["shape"]), "offset": float(state.get("nested_offset", 0.0))}
            shape = tuple(int(size) for size in state["shape"])
            packed = Packed("bitsandbytes", parts | unread | {"-state": info}, options, shape, state["quant_type"])
            yield f"{stem}.weight", packed
        elif name.endswith(".SCB"):
            stem = name.removesuffix(".SCB")
            parts = _parts(infos, stem, ("weight", "SCB"))
            unread = {"-format": infos[f"{stem}.weight_format"]} if f"{stem}.weight_format" in infos else {}
            yield f"{stem}.weight", Packed("llm.int8", parts | unread, {}, parts["weight"].shape, "int8")


def _mxfp4(folder: Path, said: dict[str, Any], infos: Infos) -> Iterator[tuple[str, Packed]]:
    for name, info in infos.items():
        if name.endswith("_blocks"):
            stem = name.removesuffix("_blocks")
            parts = {"blocks": info, "scales": infos[f"{stem}_scales"]}
            experts, outputs, groups, width = info.shape
            yield stem, Packed("mxfp4", parts, {}, (experts, 2 * groups * width, outputs), "mxfp4")


def _fp8(folder: Path, said: dict[str, Any], infos: Infos) -> Iterator[tuple[str, Packed]]:
    for name in infos:
        if name.endswith(".weight_scale_inv"):
            stem = name.removesuffix(".weight_scale_inv")
            parts = {"weight": infos[f"{stem}.weight"], "weight_scale": infos[name]}
            unread = {"-scale": infos[f"{stem}.activation_scale"]} if f"{stem}.activation_scale" in infos else {}
            options = {"form": "plain", "block": list(said.get("weight_block_size") or ())}
            packed = Packed("compressed-tensors", parts | unread, options, parts["weight"].shape, "float8")
            yield f"{stem}.weight", packed


_Finder = Callable[[Path, dict[str, Any], Infos], Iterator[tuple[str, Packed]]]
_LAYOUTS: dict[str, _Finder] = {
    "gptq": _gptq,
    "awq": _awq,
    "compressed-tensors": _compressed_tensors,
    "bitsandbytes": _bitsandbytes,
    "mxfp4": _mxfp4,
    "fp8": _fp8,
}
"""quant_method of config.json -> the finder of its tensors. Roles that begin with "-" are not read."""
_TITLES = {"gptq": "GPTQ", "awq": "AWQ", "mxfp4": "MXFP4", "fp8": "FP8"}


def _raw(folder: Path, info: TensorInfo) -> bytes:
    with open(folder / info.file, "rb") as file:
        file.seek(info.offset)
        return file.read(min(info.nbytes, 1 << 20))


def _integers(folder: Path, info: TensorInfo) -> tuple[int, int]:
    """The two numbers of a tensor of integers."""
    raw, width = _raw(folder, info), info.nbytes // 2
    first, second = (int.from_bytes(raw[at : at + width], "little", signed=True) for at in (0, width))
    return first, second
