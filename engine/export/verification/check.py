"""Exporting an artifact and proving it: the folder is loaded again in a fresh process and its logits are compared."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from engine.architecture.two_texts import inputs_of
from engine.base.files import write_text
from engine.base.human import bytes_text, number_text, percent_text
from engine.contracts.commands import CHECKED_HERE, READ, WRITTEN, Verified
from engine.contracts.opening import open_folder
from engine.contracts.recipe import Recipe
from engine.export.base import ExportFormat
from engine.export.card_metadata import write_eval_results
from engine.export.folder import refuse, verified_folder
from engine.export.model_card import model_card
from engine.export.open_in import opening_lines
from engine.export.picture import PICTURE, picture
from engine.export.recipe import recipe_of
from engine.export.record import CARD, VERSION, Record, changed_files, digests, read_record, tensor_files
from engine.export.registry import export_format
from engine.export.verification.expectation import TEXT, TOKENS, Expectation, fixed_tokens
from engine.export.verification.layer_progress import layers_reported
from engine.export.verification.reader_process import ask
from engine.models.model import Model
from engine.models.parameters import compressed_parameters, dense_parameters
from engine.models.running import interruptible, streamed
from engine.models.source import NoTokenizer, load_tokenizer, open_model

NO_TOKENIZER = "It has no tokenizer, since the model has none: programs can't give it texts."
UNCHECKED = (
    "Could not be checked here: {}. That says nothing about the files: verify the folder again with more memory free, "
    "or on another machine."
)
READ_WHOLE = "The check read the model as a whole, not one layer at a time, and took the memory for it: {}."
TOLERANCES = {"float32": 0.0001, "float16": 0.04, "bfloat16": 0.3}
"""By the narrowest dtype of the dense tensors written: by how many standard deviations a logit may differ at most.
Both sides compute in float32, so that only what was rounded when it was written is left."""
ROUNDED_INPUTS = 0.5
"""The same where layers round their inputs: one unit in the last place there, and values fall on the other side."""

Progress = Callable[[float, str], None]
Checkpoint = Callable[[], None]


def export(
    artifact: Path,
    format_id: str,
    folder: Path,
    options: dict[str, Any],
    progress: Progress,
    checkpoint: Checkpoint,
    stages: Sequence[dict[str, Any]] = (),
    environment: Mapping[str, Any] | None = None,
    siblings: Sequence[dict[str, Any]] = (),
) -> Verified:
    """Write ``artifact`` (anything that `open_model` opens) in a format into the new ``folder``, with a model card,
    and `verify` it.

    ``stages``: the entries of the run's report, whose metrics go into the model card; ``siblings``: those of other
    results of the model, beside which its picture shows this one. ``environment``: of the run, for replay.json.

    Raises `BadInput` if the format can't express the model or the folder is taken, `RunFailed` for a full disk. What
    was written stays when the verification fails: the result and the model card say so. After an exception it is gone.
    """
    kind = export_format(format_id)
    chosen = kind.options.parse(options, where=f"options of {kind.title}")
    model = open_model(artifact)
    problems = kind.check(model, chosen)
    refuse(problems)

    def report(fraction: float, text: str) -> None:
        checkpoint()
        progress(READ + (WRITTEN - READ) * fraction, text)

    expected_bytes = kind.expected_bytes(model, chosen)
    progress(0.0, "Reading what the artifact says")
    with contextlib.nullcontext() if kind.rounds_inputs else _exact_inputs(model), kind.computing(model) as computed:
        expectation, text = _expectation(model, checkpoint, lambda f, t: progress(READ * f, t))
    with verified_folder(folder) as work_folder:
        kind.write_checked(model, work_folder, chosen, report)
        lines = opening_lines(model, kind, work_folder)
        _write_results(work_folder, stages, siblings)
        _write_recipe(work_folder, kind, recipe_of(model, kind, chosen, work_folder, environment or {}, checkpoint))
        Record(
            version=VERSION,
            format=format_id,
            artifact=artifact.name,
            expected_bytes=expected_bytes,
            contents=_contents(model),
            computed=computed,
            tolerance=max(kind.tolerance(model, chosen), _tolerance(model, kind, work_folder)),
            tokenizer=text is not None,
            text=text if kind.keeps_tokenizer(model) else None,
            files=digests(work_folder, checkpoint),
            expectation=expectation.to_json(),
            open_in=[dataclasses.asdict(entry) for entry in lines],
        ).write(work_folder)
        write_text(work_folder / CARD, card := model_card(model, kind, work_folder, stages, chosen, lines))
        progress(WRITTEN, "Loading it in a fresh process")
        verified = verify(work_folder, lambda f, t: progress(WRITTEN + (1 - WRITTEN) * f, t), checkpoint)
        write_text(work_folder / CARD, f"{card}\n## Verification\n\n{verified.sentence}\n")
    warnings = (*map(str, problems), *([NO_TOKENIZER] if text is None else []), *verified.warnings)
    return dataclasses.replace(verified, folder=folder, warnings=warnings, open_in=open_folder(lines, str(folder)))


def _write_results(folder: Path, stages: Sequence[dict[str, Any]], siblings: Sequence[dict[str, Any]]) -> None:
    """Write the files that show what was measured, as far as anything was."""
    write_eval_results(stages, folder)
    if shown := picture(stages, siblings):
        write_text(folder / PICTURE, shown)


def _write_recipe(folder: Path, kind: ExportFormat, recipe: Recipe | None) -> None:
    """Write the recipe beside the weights and, where the format has a place for it, into them."""
    if recipe is not None:
        recipe.write(folder)
        kind.embed(folder, recipe)


def verify(folder: Path, progress: Progress, checkpoint: Checkpoint) -> Verified:
    """Load an exported folder in a fresh process and compare with what the artifact said when it was written.

    Raises `BadInput` if the folder was not written by `export`. Everything else that is wrong with it is in the
    result: files that changed, tensors that are missing or left over, logits that differ.
    """
    started = time.monotonic()
    record, expectation = read_record(folder)
    progress(0.0, "Checking the files")
    faults = changed_files(folder, record, checkpoint)
    progress(READ, "Loading it in a fresh process")
    kind = export_format(record.format)
    text = TEXT if record.text is not None else None
    output, answer = ask(folder, kind, expectation, text, checkpoint, lambda f, t: progress(READ + (1 - READ) * f, t))
    warnings = (READ_WHOLE.format(answer["read_whole"]),) if answer.get("read_whole") else ()
    for warning in warnings:
        logging.getLogger(__name__).warning("%s: %s", folder, warning)
    faults += answer["faults"]
    unchecked = "" if faults else str(answer.get("unchecked", ""))
    metrics: dict[str, float] = {"size_bytes": float(sum(file.stat().st_size for file in tensor_files(folder, kind)))}
    metrics |= {"expected_bytes": record.expected_bytes, "tolerance": record.tolerance}
    if "memory_bytes" in answer:
        metrics["memory_bytes"] = float(answer["memory_bytes"])
    if output is not None:
        if answer["text"] != record.text:
            faults.append("the tokenizer gives other tokens")
        metrics |= _compared(expectation, output, answer)
        off = metrics["max_relative_difference"]
        if not off <= metrics["tolerance"]:
            faults.append(f"its outputs differ by {number_text(off)} standard deviations")
    progress(1.0, "Not verified" if faults else "Could not be checked here" if unchecked else "Verified")
    return Verified(
        folder=folder,
        format=record.format,
        ok=not faults and not unchecked,
        unchecked=bool(unchecked),
        sentence=UNCHECKED.format(unchecked)
        if unchecked
        else _sentence(faults, answer, expectation.kind, metrics, record),
        loaded_by=answer["loaded_by"],
        verified_by=answer.get("verified_by", "target program"),
        advice=answer.get("advice", ""),
        seconds=time.monotonic() - started,
        metrics=metrics,
        warnings=warnings,
    )


# -- what the artifact says --------------------------------------------------------------------------------------------
def _expectation(model: Model, checkpoint: Checkpoint, progress: Progress) -> tuple[Expectation, list[int] | None]:
    """The output of the model, one layer in memory at a time, and the tokens of the fixed text (None: no tokenizer).

    Raises `BadInput` for a tokenizer that can't be loaded: nobody could use the export."""
    try:
        text: list[int] | None = load_tokenizer(model)(TEXT)["input_ids"]
    except NoTokenizer:
        text = None
    positions = model.config.get("max_position_embeddings") or model.config.get("n_positions") or TOKENS
    tokens = fixed_tokens(model.anatomy.vocabulary, text or [], min(TOKENS, int(positions)))
    kind = "hidden" if model.anatomy.kind == "encoder" else "logits"
    network: Any = model.module if kind == "logits" else model.module.base_model
    layers = [layer.name for layer in model.anatomy.layers]
    with (
        streamed(model, checkpoint=checkpoint),
        interruptible(model.module, checkpoint),
        layers_reported(model.module, layers, "Reading", progress),
        torch.no_grad(),
    ):
        output = network(**inputs_of(model.module, tokens))
    values = output.logits if kind == "logits" else output.last_hidden_state
    return Expectation.of(kind, tokens, values.float()), text


def _tolerance(model: Model, kind: ExportFormat, folder: Path) -> float:
    """By the narrowest dtype that a tensor was rounded to on the way, and whether layers round their inputs."""
    names = {"F32": "float32", "F64": "float32", "F16": "float16", "BF16": "bfloat16"}
    words = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
    before = {tensor.name: tensor.dtype for tensor in model.header.tensors}
    before |= {f"{name}.weight": words.get(module.exact_dtype, "") for name, module in model.compressed().items()}
    allowed = TOLERANCES["float32"]
    for path in folder.glob("*.safetensors"):
        with safe_open(path, "pt") as file:
            written = {name: file.get_slice(name).get_dtype() for name in file.keys()}  # noqa: SIM118 - not a dict
        for name, dtype in written.items():
            if (
                dtype in names and before.get(name) != dtype and not name.endswith("_scale")
            ):  # scales leave as they were
                allowed = max(allowed, TOLERANCES[names[dtype]])
    return max(allowed, ROUNDED_INPUTS) if kind.rounds_inputs and _rounding(model) else allowed


def _rounding(model: Model) -> list[Any]:
    """The layers that round their inputs."""
    return [module for module in model.compressed().values() if getattr(module, "activations", None) is not None]


@contextlib.contextmanager
def _exact_inputs(model: Model) -> Iterator[None]:
    """No layer rounds its inputs while the block runs: what a format that can't express it will compute."""
    roundings = [(module, module.activations) for module in _rounding(model)]
    for module, _ in roundings:
        module.activations = None
    try:
        yield
    finally:
        for module, activations in roundings:
            module.activations = activations


# -- what the export says ----------------------------------------------------------------------------------------------
def _compared(expectation: Expectation, output: torch.Tensor, answer: dict[str, Any]) -> dict[str, float]:
    """Some programs give logarithms of probabilities, and at a few positions only."""
    if "positions" not in answer:
        return expectation.compare(output)
    if max(answer["positions"]) >= len(expectation.tokens[0]):  # of a record that was changed
        return {"max_difference": math.inf, "max_relative_difference": math.inf}
    some = expectation.at(answer["positions"])
    return some.compare_selected(output.double() + some.normalizers())


def _contents(model: Model) -> str:
    """A sentence on the share of the model that is compressed: the outputs of one that is mostly as it came would agree
    as well."""
    done = compressed_parameters(model)
    if not done:
        return ""
    linears = [linear.name for linear in model.anatomy.linears]
    count = sum(name in done for name in linears)
    share = percent_text(round(sum(done.values()) / max(1, dense_parameters(model)), 3))
    return f"Of its {len(linears)} linear layers {count} are compressed, {share} of all parameters."


def _sentence(faults: list[str], answer: dict[str, Any], kind: str, metrics: dict[str, float], record: Record) -> str:
    if faults:
        return f"Not verified: {'; '.join(faults)}."
    what = "logits" if kind == "logits" else "hidden states"
    computed = f", {record.computed}," if record.computed else ""
    own = answer.get("verified_by") == "this program"
    begun = CHECKED_HERE if own else "Verified"
    return (
        f"{begun}: {answer['loaded_by']} loads it in a fresh process, and its {what} differ from the artifact's"
        f"{computed} by at most {number_text(metrics['max_relative_difference'], 2)} standard deviations "
        f"(allowed for what was written: {number_text(metrics['tolerance'])}). "
        f"Its tensor files take {bytes_text(metrics['size_bytes'])}."
        + (f" {record.contents}" if record.contents else "")
        + (f" The process took {bytes_text(metrics['memory_bytes'])} of memory." if "memory_bytes" in metrics else "")
        + ("" if record.tokenizer else f" {NO_TOKENIZER}")
        + (f" {answer['advice']}" if answer.get("advice") else "")
    )
