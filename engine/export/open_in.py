"""Lines that open an export in other programs: for each format those that load it. The card, the command line and the
window all show what `opening_lines` says; it is stored in the record of the export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.architecture.pretrained import auto_class
from engine.contracts.opening import QUOTED, SHELL, OpenIn, OpeningLines, open_folder
from engine.export.base import ExportFormat
from engine.export.gguf.metadata import mix
from engine.export.gguf.modelfile import MODELFILE
from engine.models.model import Model

TITLE = "## Open in"
SERVED = frozenset({"dense", "compressed-tensors", "gptq", "awq"})
"""Formats that vLLM serves."""


def opening_lines(model: Model, kind: ExportFormat, folder: Path) -> tuple[OpeningLines, ...]:
    """The lines for ``folder``, which holds ``model`` in the format ``kind`` already."""
    if kind.id == "gguf":
        return _gguf(model, next(folder.glob("*.gguf")).name, folder.name)
    is_served = kind.id in SERVED and not kind.origin and model.anatomy.kind == "decoder"
    return (*_python(model, kind), *(_served() if is_served else ()))


def _python(model: Model, kind: ExportFormat) -> tuple[OpeningLines, ...]:
    if snippet := kind.snippet(model, QUOTED):
        hub = snippet
        if kind.id == "peft":  # its base is a folder inside, which has no name on the hub
            inside = snippet.replace(f'"{QUOTED}/', 'f"{folder}/').replace(f'"{QUOTED}"', "folder")
            hub = f'from huggingface_hub import snapshot_download\n\nfolder = snapshot_download("{QUOTED}")\n{inside}'
        return (OpeningLines("peft" if kind.id == "peft" else "Python", "python", snippet, hub),)
    if kind.origin:
        return ()
    own = kind.id == "container" and model.compressed()
    register = "import engine.transformers  # pip install compression-studio\n" if own else ""
    auto = auto_class(model.config, "hidden" if model.anatomy.kind == "encoder" else "logits")
    needs = "  # needs: pip install compressed-tensors" if kind.id == "compressed-tensors" else ""
    lines = (
        f"{register}from transformers import {auto}, AutoTokenizer\n\n"
        f'model = {auto}.from_pretrained("{QUOTED}"){needs}\n'
        f'tokenizer = AutoTokenizer.from_pretrained("{QUOTED}")'
    )
    return (OpeningLines("transformers", "python", lines, lines),)


def _served() -> tuple[OpeningLines, ...]:
    return (OpeningLines("vLLM", "sh", f"vllm serve {SHELL}", f"vllm serve {SHELL}"),)


def _gguf(model: Model, file: str, name: str) -> tuple[OpeningLines, ...]:
    """llama.cpp and what is built on it; programs for chats take decoders alone."""
    path = f"{SHELL}/{file}"
    if model.anatomy.kind != "decoder":
        words = '-p "Once"'
        hub = f"hf download {SHELL} {file} --local-dir .\nllama-embedding -m {file} {words}"
        return (OpeningLines("llama.cpp", "sh", f"llama-embedding -m {path} {words}", hub),)
    chosen = mix(model)
    which = f"-hf {SHELL}:{chosen}" if chosen else f"-hf {SHELL} --hf-file {file}"
    called = ollama_name(name)
    create = f"ollama create {called} -f {SHELL}/{MODELFILE}\nollama run {called}"
    studio = "~/.lmstudio/models"
    copied = f"mkdir -p {studio}/local/{called}\ncp {path} {studio}/local/{called}/"
    fetched = f"hf download {SHELL} {file} --local-dir {studio}/{SHELL}"
    python = (
        "from xllamacpp import CommonParams, Server  # pip install xllamacpp\n\n"
        "parameters = CommonParams()\nparameters.model.path = {0}\n"
        'print(Server(parameters).handle_completions({{"prompt": "Once", "max_tokens": 32}}))'
    )
    download = f'from huggingface_hub import hf_hub_download\n\npath = hf_hub_download("{QUOTED}", "{file}")\n'
    return (
        OpeningLines("llama.cpp", "sh", f"llama-server -m {path}", f"llama-server {which}"),
        OpeningLines("Ollama", "sh", create, f"ollama run hf.co/{SHELL}:{chosen or file}"),
        OpeningLines("LM Studio", "sh", copied, fetched),
        OpeningLines("Python", "python", python.format(f'"{QUOTED}/{file}"'), download + python.format("path")),
    )


def ollama_name(name: str) -> str:
    """The name of a folder as one of Ollama and LM Studio."""
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-.") or "model"


# -- on the card -------------------------------------------------------------------------------------------------------
_BEGIN, _END = "<!-- open in -->", "<!-- end of open in -->"


def card_section(lines: Sequence[OpeningLines], name: str) -> str:
    """The section of the card for a folder of this name; "" for a format that nobody says how to open."""
    return _section(open_folder(lines, name)) if lines else ""


def card_for(card: str, entries: Iterable[OpenIn]) -> str:
    """The card with these lines in the place of its own; as it is where a person took the section out."""
    section = _section(tuple(entries))
    before, begin, rest = card.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end or not section:
        return card
    return f"{before}{section}{after}"


def _section(entries: Sequence[OpenIn]) -> str:
    if not entries:
        return ""
    blocks = []
    for entry in entries:
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", entry.lines)), default=0))
        blocks.append(f"**{entry.program}**\n\n{fence}{entry.language}\n{entry.lines}\n{fence}")
    body = "\n\n".join(blocks)
    return f"{_BEGIN}\n{TITLE}\n\n{body}\n{_END}"
