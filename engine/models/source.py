"""Open models: a skeleton without weights, and sources that read one tensor at a time."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import logging
import os
import re
import shutil
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from engine.architecture import pretrained
from engine.architecture.experts import SeparatedSource, separate_experts
from engine.architecture.recognition import find_anatomy
from engine.architecture.skeleton import consented_code, skeleton_with
from engine.base.errors import BadInput, RunFailed, StudioError, is_exit
from engine.base.files import home, make_folder, restrict
from engine.base.pinned import InputChanged, Pinned, Pins, set_content
from engine.base.sealed import read_sealed, write_sealed
from engine.checkpoints import checksum, consent
from engine.checkpoints.checkpoint import COMPANIONS, CheckpointHeader, read_header
from engine.checkpoints.container import read_description
from engine.checkpoints.hub import is_local as is_local
from engine.checkpoints.hub import resolve as resolve
from engine.checkpoints.tensor_sources import GgufSource, RenamedSource, SafetensorsSource
from engine.models.model import Model
from engine.models.tokenizer_limits import limited

_Source = GgufSource | SafetensorsSource | RenamedSource | SeparatedSource
_OF_TOKENIZERS = ("token", "special_", "added_", "spiece", "sentencepiece", "vocab", "merges", "chat_template")
"""Beginnings of the names of files that a tokenizer is made of."""
SEAL = "files.json"
"""In a folder of the cache: the hashes of the files beside it."""


def open_model(model: Path | str, *, revision: str = "", trust_remote_code: bool | None = None) -> Model:
    """Open a model without reading its weights: a Hugging Face folder, an artifact or a GGUF file, or by a name that
    `resolve` knows.

    Raises `BadInput` for everything that `read_header` refuses, for architectures that transformers does not know,
    and for models in a quantized layout that can't be read; `ConsentNeeded` where code that the model brings may not
    run.
    ``trust_remote_code``: None: it runs if the person said yes to it (see `engine.checkpoints.consent`); True: it runs;
    False: it never does, as where a model is only looked at.
    """
    path = resolve(model, revision)  # find
    header = read_header(path)  # headers
    if trust_remote_code is not False:  # consent
        consent.keep_promised(str(model), header.path)
    code = consented_code(header, trust_remote_code)
    module, config = skeleton_with(header, code)  # structure
    source: _Source = _source_of(header, module)  # weights
    shared = _shared_groups(module)
    if fused := separate_experts(module):
        source = SeparatedSource(source, fused)
    anatomy = find_anatomy(module, config)
    opened = Model(
        header=header,
        module=module,
        source=source,
        anatomy=anatomy,
        config={"architectures": [type(module).__name__], **_own_config(header)},
        companions=_companions(header),
    )
    if header.format == "artifact":
        description = read_description(header.path)
        opened.history = tuple(description.get("history", ()))
        for part in opened.parts:
            opened.load_stored_part(part, source, {k: v for k, v in description["modules"].items() if part.owns(k)})
    _settle_tie(opened)
    _share(opened, shared)
    _forget_stored_buffers(opened)
    opened.set_expected_dtypes(source.dtype)
    return opened


def _source_of(header: CheckpointHeader, module: nn.Module) -> GgufSource | SafetensorsSource | RenamedSource:
    """The source of the tensors of ``module``, under its names."""
    if header.format == "gguf":
        return GgufSource(header)
    stored = SafetensorsSource(header)
    if header.format != "safetensors":
        return stored
    quantization = header.config.get("quantization_config")
    method = str(quantization.get("quant_method")) if isinstance(quantization, dict) else ""
    source = RenamedSource(stored, module, method)
    _alias_shared(module, source)
    _compute_left_out(module, source)
    return source


def _own_config(header: CheckpointHeader) -> dict[str, Any]:
    """config.json without the word on how the weights came packed: here they are unpacked."""
    return {key: value for key, value in header.config.items() if key != "quantization_config"}


class NoTokenizer(BadInput):
    """The model has none."""


def load_tokenizer(model: Model | Path | str) -> Any:
    """The tokenizer of a model (transformers' PreTrainedTokenizerFast). Raises `BadInput` if it has none."""
    if isinstance(model, Model):
        files, where, pins = model.companions, model.path, model.header.pins
    else:
        header = read_header(resolve(model))
        where, pins = header.path, header.pins
        files = _companions(header)
    named = (file for file in files if file.name.startswith(("tokenizer", "vocab", "spiece")))
    folder = next((file.parent for file in named if file.suffix != ".py"), None)
    outside = _links_out(where if folder is None else folder, files)
    if folder is None or outside:
        raise NoTokenizer(
            "The model's tokenizer is not in its folder" if outside else "The model has no tokenizer",
            where=str(where),
            why=outside,
            advice="open the model that the GGUF file was made from, or a file whose tokenizer transformers can convert"
            if where.suffix == ".gguf"
            else "copy tokenizer.json and tokenizer_config.json from where the model came from",
        )
    cache: dict[str, Any] = _tokenizers.__dict__
    content = _content(files, pins)
    if content in cache:
        return cache[content]
    try:
        with contextlib.ExitStack() as unchanged, pretrained.quiet():
            for file in files:
                unchanged.enter_context(pins.pin(file).by_path())
            tokenizer = limited(pretrained.tokenizer(folder), str(folder))
            tokenizer("a")
    except StudioError:
        raise
    except BaseException as error:
        if is_exit(error):
            raise
        why = " ".join(str(error).split())[:300]
        raise BadInput(
            "The tokenizer can't be loaded",
            where=str(folder),
            why=why,
            advice="copy the tokenizer's files again from where the model came from",
        ) from error
    cache.clear()
    cache[content] = tokenizer
    set_content(tokenizer, content)
    return tokenizer


_tokenizers = threading.local()
"""The last tokenizer of each thread by the content of its files: an artifact has that of its source. Making one holds
the interpreter for tens of milliseconds, and one tokenizer can't serve two threads at once."""


def _content(files: Iterable[Path], pins: Pins) -> str:
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.name):
        digest.update(file.name.encode() + b"\0" + bytes.fromhex(pins.pin(file).sha256()))
    return digest.hexdigest()


def _links_out(folder: Path, files: Iterable[Path]) -> str:
    """Reason why a tokenizer that seems to be there is refused: a library would follow a link to files without a hash.
    ``files``: what lies in the folder itself."""
    names = {file.name for file in files}
    there = [name for name in COMPANIONS if name.startswith(_OF_TOKENIZERS) and (folder / name).is_file()]
    missing = [name for name in there if name not in names]
    return f"{missing[0]} is a link to a file outside the model's folder" if missing else ""


def check_finite(name: str, tensor: torch.Tensor) -> None:
    """Raise `RunFailed` naming the layer if a floating tensor holds NaN or infinity. One pass over it, without a copy:
    the extremes are NaN where a value is."""
    if not tensor.is_floating_point() or tensor.is_meta or not tensor.numel():
        return
    values = tensor if tensor.element_size() > 1 else tensor.float()
    if torch.isfinite(torch.stack(torch.aminmax(values))).all():
        return
    broken = int((~torch.isfinite(values)).sum())
    raise RunFailed(
        "A weight is not a number",
        where=name,
        why=f"{broken} of {tensor.numel()} values are NaN or infinite",
        advice="the file is damaged or the step before failed: get the model again",
    )


def _shared_groups(module: nn.Module) -> list[list[str]]:
    """The names of the tensors that the network has under several."""
    groups: dict[int, list[str]] = defaultdict(list)
    for name, tensor in module.state_dict(keep_vars=True).items():
        groups[id(tensor)].append(name)
    return [names for names in groups.values() if len(names) > 1]


def _share(model: Model, groups: Iterable[list[str]]) -> None:
    """Find `Model.shared`: names within one part that the files hold one tensor for."""
    stored = {tensor.name for tensor in model.header.tensors}
    first = {f"{name}.weight" for name in model.anatomy.embeddings[:1]}
    for names in groups:
        tables = [name for name in names if name != f"{model.anatomy.head}.weight"]
        tables.sort(key=lambda name: (name not in first, name not in stored))
        for name in tables[1:]:
            part = next(part for part in model.parts if part.owns(name))
            if part.owns(tables[0]) and len(stored.intersection(tables)) < 2:
                model.shared[name] = tables[0]


def _alias_shared(module: nn.Module, source: RenamedSource) -> None:
    """Tensors that the network shares may be stored under one of their names only."""
    stored_names = set(source.names())
    for names in _shared_groups(module):
        stored = next((name for name in names if name in stored_names), None)
        if stored is not None:
            for name in names:
                if name not in stored_names:
                    source.alias(name, stored)


def _compute_left_out(module: nn.Module, source: RenamedSource) -> None:
    """Tables that transformers computes anew and writes into no file: the sinusoids of Marian's positions."""
    patterns: Any = getattr(module, "_keys_to_ignore_on_save", None) or ()
    stored_names = set(source.names())
    for name in module.state_dict(keep_vars=True):
        if name in stored_names or not any(re.search(pattern, name) for pattern in patterns):
            continue
        owner, _, leaf = name.rpartition(".")
        table = copy.deepcopy(module.get_submodule(owner)).to_empty(device="cpu").float()
        with torch.no_grad():
            module._init_weights(table)  # type: ignore[operator]
        source.compute(name, getattr(table, leaf).detach())


def _settle_tie(model: Model) -> None:
    """A config may promise a tied head while the file holds another one: the file is right, as in transformers."""
    anatomy = model.anatomy
    if not anatomy.tied or anatomy.head is None:
        return
    own, shared = f"{anatomy.head}.weight", f"{anatomy.embeddings[0]}.weight"
    stored = {tensor.name for tensor in model.header.tensors}
    if {own, shared} <= stored and not torch.equal(model.source.load(own), model.source.load(shared)):
        head = model.get(anatomy.head)
        assert isinstance(head, nn.Linear)
        head.weight = nn.Parameter(head.weight.detach().clone(), requires_grad=False)
        model.anatomy = anatomy.untied()
        model.config["tie_word_embeddings"] = False


def _forget_stored_buffers(model: Model) -> None:
    """Buffers were computed when the skeleton was built; those that the file holds are read from there."""
    names = set(model.source.names())
    for prefix, owner in model.module.named_modules():
        for leaf in owner._buffers.keys() - owner._non_persistent_buffers_set:
            buffer = owner._buffers[leaf]
            if buffer is not None and f"{prefix}.{leaf}" in names:
                owner._buffers[leaf] = buffer.to("meta")


def _companions(header: CheckpointHeader) -> tuple[Path, ...]:
    """Files that travel with the model, with the code of its network or tokenizer as it was read."""
    if header.format == "gguf":
        return _gguf_companions(header)
    if not pretrained.needs_code(header) and not pretrained.tokenizer_needs_code(header.folder):
        return header.companions
    code = consent.code_in(header.folder)
    copied = consent.private_copy(code)
    return (*header.companions, *(copied / name for name in sorted(code.files)))


def _gguf_companions(header: CheckpointHeader) -> tuple[Path, ...]:
    """Tokenizer files made from those inside the GGUF file, kept in the cache with their hashes; none if that fails."""
    file = header.pins.pin(header.path)
    key = f"{header.path.resolve()}|{'|'.join(map(str, file.identity))}"
    folder = home() / "cache" / "tokenizers" / hashlib.sha256(key.encode()).hexdigest()[:20]
    if not is_whole_folder(folder, header.pins):
        shutil.rmtree(folder, ignore_errors=True)
        header.pins.forget(folder)
        write_whole_folder(folder, lambda partial: _convert_tokenizer(file, partial))
    return tuple(folder / name for name in COMPANIONS if (folder / name).is_file())


def is_whole_folder(folder: Path, pins: Pins) -> bool:
    """True if a folder of the cache holds exactly the files that were written into it."""
    stated = read_sealed(folder / SEAL, folder.name)
    if not isinstance(stated, dict):
        return False
    there = {file.name for file in folder.iterdir()} - {SEAL}
    return there == stated.keys() and all(pins.pin(folder / name).sha256() == stated[name] for name in there)


def _convert_tokenizer(file: Pinned, folder: Path) -> None:
    try:
        with file.by_path() as path, pretrained.quiet(), tempfile.TemporaryDirectory(prefix="tokenizer-") as scratch:
            pretrained.convert_gguf_tokenizer(path, Path(scratch), folder)
    except InputChanged:
        raise
    except Exception as error:  # whatever the converter trips over: the weights are still usable
        logging.getLogger(__name__).warning("The tokenizer of %s can't be converted: %s", file.path, error)


def write_whole_folder(folder: Path, write: Callable[[Path], None]) -> None:
    """Let ``write`` fill a folder of the cache, which appears whole, with the hashes of its files, or not at all."""
    partial = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    make_folder(partial)
    write(partial)
    write_sealed(
        partial / SEAL, folder.name, {file.name: checksum.file_hash(file) for file in sorted(partial.iterdir())}
    )
    restrict(partial)
    try:
        os.replace(partial, folder)
    except OSError:
        if not folder.is_dir():  # another process was faster: its folder holds the same
            raise
