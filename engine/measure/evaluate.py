"""Quality of a model: perplexity by the protocol, and agreement with the model that it was made from."""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from engine import devices
from engine.architecture.two_texts import IGNORED, NOTE, TWO_VOCABULARIES, has_two_vocabularies, reads_two, targets_of
from engine.base.errors import BadInput, RunFailed
from engine.base.human import bytes_text
from engine.checkpoints.checkpoint import CheckpointHeader
from engine.contracts.spread import KL_QUANTILES, QUANTILES, WINDOWS
from engine.data.batches import windows as cut
from engine.data.texts import load_text
from engine.data.tokens import token_ids
from engine.measure.program import ProgramFailed, Programs, TorchAlone
from engine.measure.reader import LOGIT_BYTES, Reader
from engine.measure.reading import ReadContext, Readings, freed, groups, load_all, read
from engine.measure.size import Zeros, size_metrics
from engine.measure.speed import speed_metrics, speed_metrics_of
from engine.models.model import Model
from engine.models.parameters import dense_parameters
from engine.models.running import interruptible, streamed
from engine.models.source import load_tokenizer
from engine.numerics.divergences import token_divergences
from engine.numerics.losses import token_losses

MASK_EVERY = 7
"""About the 15 % that encoders are trained with."""
SAMPLE_CHARACTERS = 10_000
"""So much of the text is tokenized by both tokenizers to see whether they are the same."""


@dataclass(frozen=True)
class Measurement:
    """Metrics by name (see `engine.contracts.metrics`), the protocol that they were measured by, details by name (see
    `engine.contracts.generation`)."""

    metrics: dict[str, float]
    protocol: dict[str, Any]
    details: dict[str, Any] = field(default_factory=dict)


def evaluate(
    model: Model,
    *,
    text: str,
    window: int,
    windows: int,
    reference: Model | None,
    speed: bool,
    device: torch.device | str = "cpu",
    dtype: str = "auto",
    states: Path | None = None,
    programs: Programs | None = None,
    progress: Callable[[float, str], None],
    checkpoint: Callable[[], None],
) -> Measurement:
    """Measure ``model`` on ``text`` (a name as in `engine.data.texts`), against ``reference`` if given.

    Give models that were opened for measuring. They are read layer by layer from where they lie, one after the other,
    whatever is in memory of them, and nothing of them is in memory afterwards: what is measured need not fit into it.

    Parameters
    ----------
    window: tokens per window, at most as many as the model has positions. windows: how many are used, 0 for all.
    dtype: "auto": what the weights of ``reference``, else of ``model``, are stored in, where the accelerator computes
        in that, otherwise float32, as on the CPU; "float32".
    states: a file for the last hidden states of the reference, or of the model if there is none: it is made, or, if it
        is there and of the same tokens, the reference is not read again. Only for the same model, device and dtype.
    programs: may measure the speed in the place of torch.
    progress: gets a fraction 0..1 and a text. checkpoint: is called about once a matrix; may raise.

    Decoders give perplexity, loss, KL divergence and top-1 agreement; encoder-decoders too, of the second half of each
    window behind the first. Encoders have no next token: they give the cosine between the hidden states of both models,
    token by token and of their mean over each window, and with a head the loss on masked tokens. Networks with a
    vocabulary to read and another to write give their size alone.

    Raises `BadInput` for a text that is too short and for models with different tokenizers, `RunFailed` naming the
    layer if the logits are not finite.
    """
    if has_two_vocabularies(model.config):
        return Measurement(size_metrics(model), {"note": f"not measured: {TWO_VOCABULARIES}"})
    ids, protocol = _windows(model, text, window, windows)
    if reference is not None:
        _check_comparable(model, reference, text)
    dtype_of_work = computing_dtype((reference or model).config_dtype, torch.device(device), dtype)
    context = ReadContext(torch.device(device), dtype_of_work, progress, checkpoint)
    protocol |= {"dtype": str(context.dtype).removeprefix("torch."), "device": str(context.device)}
    counted, details = Zeros(model), dict[str, Any]()
    with freed(model, reference):
        if predicts(model):
            metrics, details = _next_token(model, reference, ids, context, states, counted)
            protocol |= _collapse(model, metrics["perplexity"])
            if reads_two(model.module):
                protocol["note"] = f"an encoder-decoder: {NOTE}"
        else:
            metrics, note = _encoder(model, reference, ids, context, states, counted)
            protocol["note"] = note
        if speed and predicts(model):
            more, how = _speed(model, ids[0], context, programs or TorchAlone())
            metrics, protocol = metrics | more, protocol | how
    return Measurement({**metrics, "sparsity": counted.share, **size_metrics(model)}, protocol, details)


def computing_dtype(stored: torch.dtype, device: torch.device, chosen: str = "auto") -> torch.dtype:
    """Dtype of computations where weights are ``stored`` in this one."""
    native = {torch.bfloat16: devices.has_bfloat16, torch.float16: devices.has_float16}
    if chosen == "auto" and devices.is_accelerator(device) and stored in native and native[stored](device):
        return stored
    return torch.float32


def _speed(
    model: Model, row: torch.Tensor, context: ReadContext, programs: Programs
) -> tuple[dict[str, float], dict[str, Any]]:
    """Tokens per second of the whole model, by the program that there is for it, else by torch if it fits."""
    try:
        with programs.running(model, context.progress, context.checkpoint) as program:
            if program is not None:
                context.progress(1.0, "Measuring speed")
                return speed_metrics_of(program, row)
    except ProgramFailed as error:
        return {}, {"speed": f"not measured: {error}"}
    metrics, protocol = _speed_of_torch(model, row, context)
    protocol["speed"] = f"{protocol['speed']} {programs.advice(model)}".rstrip()
    return metrics, protocol


def _speed_of_torch(model: Model, row: torch.Tensor, context: ReadContext) -> tuple[dict[str, float], dict[str, Any]]:
    needed, free = dense_parameters(model) * context.dtype.itemsize, devices.free_memory(context.device)
    if needed > free:
        why = f"not measured: unpacked, the model takes {bytes_text(needed)}, {bytes_text(free)} are free"
        return {}, {"speed": why}
    context.progress(1.0, "Measuring speed")
    load_all(model, context)
    with interruptible(model.module, context.checkpoint):
        return speed_metrics(model, row, context.device, context.dtype)


def predicts(model: Model) -> bool:
    """True if the model predicts tokens (an encoder does not)."""
    head = getattr(model.module, "get_output_embeddings", lambda: None)()
    return model.anatomy.kind in ("decoder", "encoder_decoder", "unknown") and head is not None


def _collapse(model: Model, perplexity: float) -> dict[str, str]:
    """``collapsed``, a sentence, if the model is worse than guessing: such perplexities are not worth ranking."""
    words = model.anatomy.vocabulary
    if not words or perplexity < words:
        return {}
    said = f"collapsed: a perplexity of {perplexity:.3g} is worse than guessing among the {words} words it knows"
    return {"collapsed": said}


def _windows(model: Model, name: str, window: int, count: int) -> tuple[torch.Tensor, dict[str, Any]]:
    """The windows, (n, window) int64, and the protocol's words about them."""
    text = load_text(name)
    positions = positions_of(model)
    used = min(window, positions) if positions else window
    tokenizer = load_tokenizer(model)
    ids = token_ids(tokenizer, text.text)
    rows = cut(ids, used, count)
    protocol: dict[str, Any] = {
        "text": text.name,
        "sha256": text.sha256,
        "window": used,
        "windows": len(rows),
        "windows_of": len(ids) // used,
        "tokens": rows.numel(),
        "tokenizer": f"{type(tokenizer).__name__}, {len(tokenizer)} words; the whole text tokenized once",
    }
    if used < window:
        protocol["window_note"] = f"{window} tokens were asked for, the model has {positions} positions"
    return rows, protocol


def positions_of(model: Model | CheckpointHeader) -> int | None:
    """The most tokens that the model reads at a time, None where its config names no limit. ``longest_sequence`` is
    this program's own word for a limit below that of the positions."""
    for key in ("longest_sequence", "max_position_embeddings", "n_positions", "n_ctx"):
        if isinstance(model.config.get(key), int):
            return int(model.config[key])
    return None


def _check_comparable(model: Model, reference: Model, text: str) -> None:
    sample = load_text(text).text[:SAMPLE_CHARACTERS]
    ours, theirs = load_tokenizer(model), load_tokenizer(reference)
    same = len(ours) == len(theirs) and torch.equal(token_ids(ours, sample), token_ids(theirs, sample))
    if not same or model.anatomy.vocabulary != reference.anatomy.vocabulary:
        raise BadInput(
            "The model can't be compared with this original",
            where=f"{model.path}, {reference.path}",
            why="they have different tokenizers or vocabularies",
            advice="compare with the model that it was made from, or measure without a comparison",
        )


def _next_token(
    model: Model,
    reference: Model | None,
    ids: torch.Tensor,
    context: ReadContext,
    states: Path | None,
    counted: Zeros,
) -> tuple[dict[str, float], dict[str, Any]]:
    """Perplexity and loss, and with a reference KL divergence and top-1 agreement, over all predicted tokens; and of
    each window the mean loss and divergence, and quantiles of the divergence over all tokens."""
    loss = divergence = 0.0
    same = 0
    by_window: list[tuple[float, float]] = []
    by_token: list[torch.Tensor] = []
    share = _reading_share(model, reference)
    done = 0

    def progress(fraction: float, text: str) -> None:
        context.progress(share * fraction + (1 - share) * done / len(ids), text)

    reading = replace(context, progress=progress)
    for mine, theirs in _readings(model, reference, ids, reading, states, counted):
        for number, row in enumerate(mine.ids):
            context.checkpoint()
            read_by_now = share * (done - number + len(mine.ids)) / len(ids)
            context.progress(read_by_now + (1 - share) * done / len(ids), f"Measuring window {done + 1} of {len(ids)}")
            done += 1
            scores = _scored(model, mine, theirs, number, row)
            if not math.isfinite(scores[0]):
                raise _not_finite(model, row, context)
            if not math.isfinite(scores[1]):
                raise _not_finite(reference or model, row, context)
            loss, divergence, same = loss + scores[0], divergence + scores[1], same + int(scores[2])
            by_window.append(scores[:2])
            by_token.append(scores[3])
    targets = targets_of(model.module, ids[0])
    places, predicted = len(ids) * len(targets), len(ids) * int((targets != IGNORED).sum())
    mean = loss / predicted
    metrics = {"perplexity": math.exp(min(mean, 700.0)), "loss": mean}
    if reference is not None:
        metrics |= {"kl_divergence": divergence / places, "top1_agreement": same / places}
    spread = {"loss": [one / predicted * len(ids) for one, _ in by_window]}
    if reference is None:
        return metrics, {WINDOWS: spread}
    spread["kl_divergence"] = [one / places * len(ids) for _, one in by_window]
    return metrics, {WINDOWS: spread, KL_QUANTILES: _quantiles(torch.cat(by_token))}


def _quantiles(values: torch.Tensor) -> dict[str, float]:
    """Quantiles of values (n,) by their shares, such as "0.99"; the largest value at "1"."""
    ordered = values.sort().values
    return {f"{share:g}": float(ordered[min(len(ordered) - 1, int(share * len(ordered)))]) for share in QUANTILES}


def _scored(
    model: Model, mine: Readings, theirs: Readings | None, number: int, row: torch.Tensor
) -> tuple[float, float, float, torch.Tensor]:
    """Of one window: the sum of the losses, of the divergences, how many tokens have the same most likely successor,
    and the divergence of each token (n,); without a reference none."""
    mine.turn_to(number)
    if theirs is not None:
        theirs.turn_to(number)
    sums = torch.zeros(3, dtype=torch.float64)
    each_token = [torch.zeros(0)]
    chunk = _chunk(model, mine.device)
    labels = targets_of(model.module, row)
    for start in range(0, len(labels), chunk):
        stop = min(start + chunk, len(labels))
        logits = mine.logits(start, stop)
        targets = labels[start:stop]
        targets = targets[: int((targets != IGNORED).sum())].to(logits.device)  # only the last has no successor
        sums[0] += token_losses(logits[: len(targets)], targets).cpu().double().sum()
        if theirs is not None:
            others = theirs.logits(start, stop)
            each_token.append(token_divergences(others, logits).cpu())
            sums[1] += each_token[-1].double().sum()
            sums[2] += (others.argmax(-1) == logits.argmax(-1)).sum().cpu()
    loss, divergence, same = sums.tolist()
    return loss, divergence, same, torch.cat(each_token)


def _readings(
    model: Model, reference: Model | None, ids: torch.Tensor, context: ReadContext, states: Path | None, counted: Zeros
) -> Iterator[tuple[Readings, Readings | None]]:
    """Readings of both models, group by group of windows: first the reference reads, then the model."""
    some = groups(model, ids, context.dtype)
    stored_states = states if len(some) == 1 else None
    first = 0
    for rows in some:
        part = functools.partial(_within, context.progress, first / len(ids), len(rows) / len(ids))
        first += len(rows)
        if reference is None:
            yield read(model, rows, replace(context, progress=part(0.0, 1.0)), counted.look, stored_states), None
            continue
        other = read(
            reference,
            rows,
            replace(context, progress=part(0.0, 0.5), verb="Measuring the original:"),
            states_folder=stored_states,
        )
        yield read(model, rows, replace(context, progress=part(0.5, 0.5)), counted.look), other


def _reading_share(model: Model, reference: Model | None) -> float:
    """The share of measuring that layers take, by the weights that are read; heads, and what is made of their logits,
    take the rest."""
    layers = heads = 0
    for measured in filter(None, (model, reference)):
        anatomy = measured.anatomy
        layers += sum(linear.in_features * linear.out_features for linear in anatomy.linears)
        heads += anatomy.vocabulary * anatomy.hidden_size
    return layers / max(1, layers + heads)


def _within(
    progress: Callable[[float, str], None], begin: float, width: float, start: float, share: float
) -> Callable[[float, str], None]:
    """The progress of a share of one of several groups, which begins at ``begin`` and is ``width`` of all."""
    return lambda fraction, text: progress(begin + width * (start + share * fraction), text)


def _encoder(
    model: Model, reference: Model | None, ids: torch.Tensor, context: ReadContext, states: Path | None, counted: Zeros
) -> tuple[dict[str, float], str]:
    """Mean cosine between the last hidden states of both models, token by token and pooled (their mean over a window,
    as sentence embeddings are made), if there is a reference; the loss of a language head on masked tokens: every
    seventh of each window; and a sentence about it."""
    total = pooled = 0.0
    for mine, theirs in _readings(model, reference, ids, context, states, counted):
        for number, row in enumerate(mine.ids):
            ours = mine.state(number)[0].float()
            if not torch.isfinite(ours).all():
                raise _not_finite(model, row, context)
            other = ours if theirs is None else theirs.state(number)[0].float()
            total += float(F.cosine_similarity(ours, other, dim=-1).cpu().double().sum())
            pooled += float(F.cosine_similarity(ours.mean(0), other.mean(0), dim=0))
    metrics = {} if reference is None else {"hidden_cosine": total / ids.numel(), "pooled_cosine": pooled / len(ids)}
    note = "an encoder predicts no next token: no perplexity, but the cosine of hidden states"
    mask = load_tokenizer(model).mask_token_id
    if model.anatomy.head is None or mask is None:
        return metrics, note
    loss = _masked_loss(model, ids, mask, context)
    return metrics | {"masked_loss": loss}, f"{note}, and the loss on every {MASK_EVERY}th token, masked"


def _masked_loss(model: Model, ids: torch.Tensor, mask: int, context: ReadContext) -> float:
    """Loss of an encoder's language head on masked tokens."""
    chunk = _chunk(model, context.device)
    at = torch.arange(MASK_EVERY // 2, ids.shape[1], MASK_EVERY)
    hidden = ids.clone()
    hidden[:, at] = mask
    loss, first = 0.0, 0
    for rows in groups(model, hidden, context.dtype):
        readings = read(model, rows, context)
        for number, row in enumerate(ids[first : first + len(rows)]):
            readings.turn_to(number)
            for start in range(0, len(row), chunk):
                here = at[(at >= start) & (at < start + chunk)]
                logits = readings.logits(start, start + chunk)[(here - start).to(context.device)]
                loss += float(token_losses(logits, row[here].to(context.device)).cpu().double().sum())
        first += len(rows)
    if not math.isfinite(loss):
        raise _not_finite(model, ids[0], context)
    return loss / (len(ids) * len(at))


def _chunk(model: Model, device: torch.device) -> int:
    """Tokens whose logits are in memory at a time."""
    return max(devices.at_once(device, LOGIT_BYTES // 4) // max(model.anatomy.vocabulary, 1), 1)


class _BadLayer(Exception):  # noqa: N818 - leaves a forward pass early
    pass


@torch.no_grad()
def _not_finite(model: Model, row: torch.Tensor, context: ReadContext) -> RunFailed:
    """The error for logits that hold a NaN or an infinity: reads the window again and looks for the first layer."""
    first: list[tuple[str, list[str]]] = []

    def look(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(module: nn.Module, _inputs: Any, output: Any) -> None:
            tensor = output[0] if isinstance(output, tuple) else output
            if isinstance(tensor, torch.Tensor) and not bool(torch.isfinite(tensor).all()):
                tensors = module.state_dict()
                first.append((name, [f"{name}.{key}" for key in tensors if not finite(tensors[key])]))
                raise _BadLayer

        return hook

    leaves = [(name, leaf) for name, leaf in model.module.named_modules() if not any(True for _ in leaf.children())]
    hooks = [leaf.register_forward_hook(look(name)) for name, leaf in leaves]
    try:
        reader = Reader(model.module, context.device)
        with (
            contextlib.suppress(_BadLayer),
            streamed(model, dtype=context.dtype, device=context.device, checkpoint=context.checkpoint),
        ):
            reader.read(row)
            places = len(targets_of(model.module, row))
            for start in range(0, places, 64) if predicts(model) or model.anatomy.head is not None else ():
                reader.logits(start, start + 64)
    finally:
        for hook in hooks:
            hook.remove()
    name, damaged = first[0] if first else ("logits", [])
    return RunFailed(
        "The model's output is not finite",
        where=name,
        why=f"{damaged[0]} holds NaN or infinite numbers" if damaged else "the numbers overflow in this layer first",
        advice="undo the step that made these weights" if damaged else "measure in float32",
    )


def finite(tensor: torch.Tensor) -> bool:
    """True if a tensor holds neither NaN nor infinity."""
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor.float()).all())
