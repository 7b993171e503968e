"""How good a model is: perplexity by the protocol, and agreement with the model that it was made from."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from engine.contracts.errors import BadInput, RunFailed
from engine.data.batches import token_ids
from engine.data.batches import windows as cut
from engine.data.texts import load_text
from engine.measure.reader import LOGIT_BYTES, Reader
from engine.measure.size import size_metrics, sparsity
from engine.measure.speed import speed_metrics
from engine.models.checkpoint import CheckpointHeader
from engine.models.model import Model
from engine.models.running import interruptible
from engine.models.source import load_tokenizer
from engine.numerics.divergences import token_divergences
from engine.numerics.losses import token_losses

MASK_EVERY = 7
"""About the 15 % that encoders are trained with."""
SAMPLE_CHARACTERS = 10_000
"""So much of the text is tokenized by both tokenizers to see whether they are the same."""


@dataclass(frozen=True)
class Measurement:
    """Metrics by name (see `engine.contracts.metrics`), and the protocol that they were measured by."""

    metrics: dict[str, float]
    protocol: dict[str, Any]


def evaluate(
    model: Model,
    *,
    text: str,
    window: int,
    windows: int,
    reference: Model | None,
    speed: bool,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    progress: Callable[[float, str], None],
    checkpoint: Callable[[], None],
) -> Measurement:
    """Measure ``model`` on ``text`` (a name as in `engine.data.texts`), against ``reference`` if given.

    Give models that were opened for measuring: what is not loaded yet is loaded here, all of it is cast to ``dtype``
    and moved to ``device``, and stays so; a reference can serve many calls.

    ``window``: tokens per window, at most as many as the model has positions. ``windows``: how many are used, 0 for
    all. Decoders give perplexity, loss, KL divergence and top-1 agreement. Encoders have no next token: they give the
    cosine between the hidden states of both models, and with a head the loss on masked tokens. ``progress`` gets a
    fraction 0..1 and a text; ``checkpoint`` is called about once a layer and may raise.

    Raises `BadInput` for a text that is too short and for models with different tokenizers, `RunFailed` naming the
    layer if the logits are not finite.
    """
    ids, protocol = _windows(model, text, window, windows)
    pair = [model] if reference is None else [model, reference]
    for each in pair:
        load(each, device, dtype, checkpoint)
    if reference is not None:
        _check_comparable(model, reference, text)
    protocol |= {"dtype": str(dtype).removeprefix("torch."), "device": str(torch.device(device))}
    with ExitStack() as stack:
        for each in pair:
            stack.enter_context(interruptible(each.module, checkpoint))
        if not predicts(model):
            metrics = _hidden_agreement(model, reference, ids, device, progress)
            protocol["note"] = "an encoder predicts no next token: no perplexity, but the cosine of hidden states"
            mask = load_tokenizer(model).mask_token_id
            if model.anatomy.head is not None and mask is not None:
                metrics |= _masked(model, ids, mask, device, progress)
                protocol["note"] += f", and the loss on every {MASK_EVERY}th token, masked"
        else:
            metrics = _next_token(model, reference, ids, device, progress)
            protocol |= _collapse(model, metrics["perplexity"])
        if speed and predicts(model):
            progress(1.0, "Measuring speed")
            more, how = speed_metrics(model, ids[0], device, dtype)
            metrics |= more
            protocol |= how
    return Measurement({**metrics, "sparsity": sparsity(model), **size_metrics(model)}, protocol)


def load(model: Model, device: torch.device | str, dtype: torch.dtype, checkpoint: Callable[[], None]) -> None:
    """Load all parts of a model, with a safe point before each; a packed head is unpacked once for all chunks."""
    for part in model.parts:
        checkpoint()
        model.load(part, dtype=dtype, device=device)
    model.module.eval()
    ends = {*model.anatomy.embeddings[:1], model.anatomy.head} - {None}
    for name, module in model.compressed().items():
        if name in ends:  # a tied head reads the embedding's table
            module.cache_dense_weight(dtype)


def predicts(model: Model) -> bool:
    """Whether the model predicts the next token (an encoder does not)."""
    head = getattr(model.module, "get_output_embeddings", lambda: None)()
    return model.anatomy.kind in ("decoder", "unknown") and head is not None


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
    device: torch.device | str,
    progress: Callable[[float, str], None],
) -> dict[str, float]:
    """Perplexity and loss, and with a reference KL divergence and top-1 agreement, over all predicted tokens."""
    reader = Reader(model.module, device)
    other = None if reference is None else Reader(reference.module, device)
    chunk = _chunk(model)
    loss = divergence = 0.0
    same = 0
    length = ids.shape[1]
    for number, row in enumerate(ids):
        progress(number / len(ids), f"Window {number + 1} of {len(ids)}")
        reader.read(row)
        if other is not None:
            other.read(row)
        for start in range(0, length, chunk):
            stop = min(start + chunk, length)
            logits = reader.logits(start, stop)
            predicted = min(stop, length - 1) - start
            targets = row[start + 1 : start + 1 + predicted].to(logits.device)
            here = float(token_losses(logits[:predicted], targets).double().sum())
            if not math.isfinite(here):
                raise _not_finite(model, row, device)
            loss += here
            if other is not None:
                theirs = other.logits(start, stop)
                divergence += float(token_divergences(theirs, logits).double().sum())
                same += int((theirs.argmax(-1) == logits.argmax(-1)).sum())
    mean = loss / (len(ids) * (length - 1))
    metrics = {"perplexity": math.exp(min(mean, 700.0)), "loss": mean}
    if reference is not None:
        if not math.isfinite(divergence):
            raise _not_finite(reference, ids[0], device)
        metrics |= {"kl_divergence": divergence / ids.numel(), "top1_agreement": same / ids.numel()}
    return metrics


def _masked(
    model: Model, ids: torch.Tensor, mask: int, device: torch.device | str, progress: Callable[[float, str], None]
) -> dict[str, float]:
    """Loss of an encoder's language head on masked tokens: every seventh of each window."""
    reader = Reader(model.module, device)
    chunk = _chunk(model)
    places = torch.arange(MASK_EVERY // 2, ids.shape[1], MASK_EVERY)
    loss = 0.0
    for number, row in enumerate(ids):
        progress(number / len(ids), f"Window {number + 1} of {len(ids)}, masked")
        hidden = row.clone()
        hidden[places] = mask
        reader.read(hidden)
        for start in range(0, len(row), chunk):
            here = places[(places >= start) & (places < start + chunk)]
            logits = reader.logits(start, start + chunk)[(here - start).to(device)]
            loss += float(token_losses(logits, row[here].to(device)).double().sum())
    if not math.isfinite(loss):
        raise _not_finite(model, ids[0], device)
    return {"masked_loss": loss / (len(ids) * len(places))}


def _chunk(model: Model) -> int:
    """Tokens whose logits are in memory at a time."""
    return max(LOGIT_BYTES // (4 * max(model.anatomy.vocabulary, 1)), 1)


@torch.no_grad()
def _hidden_agreement(
    model: Model,
    reference: Model | None,
    ids: torch.Tensor,
    device: torch.device | str,
    progress: Callable[[float, str], None],
) -> dict[str, float]:
    """Mean cosine between the last hidden states of both models, token by token; nothing without a reference."""
    total = 0.0
    for number, row in enumerate(ids):
        progress(number / len(ids), f"Window {number + 1} of {len(ids)}")
        states = []
        for each in (model, reference):
            if each is not None:
                backbone: Any = each.module.base_model
                states.append(backbone(input_ids=row[None].to(device)).last_hidden_state[0].float())
        if not torch.isfinite(states[0]).all():
            raise _not_finite(model, row, device)
        total += float(F.cosine_similarity(states[0], states[-1], dim=-1).double().sum())
    return {} if reference is None else {"hidden_cosine": total / ids.numel()}


@torch.no_grad()
def _not_finite(model: Model, row: torch.Tensor, device: torch.device | str) -> RunFailed:
    """The error for logits that hold a NaN or an infinity: runs the window again and looks for the first layer."""
    first: list[str] = []

    def look(name: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_module: nn.Module, _inputs: Any, output: Any) -> None:
            tensor = output[0] if isinstance(output, tuple) else output
            if not first and isinstance(tensor, torch.Tensor) and not bool(torch.isfinite(tensor).all()):
                first.append(name)

        return hook

    leaves = [(name, leaf) for name, leaf in model.module.named_modules() if not any(True for _ in leaf.children())]
    hooks = [leaf.register_forward_hook(look(name)) for name, leaf in leaves]
    try:
        reader = Reader(model.module, device)
        reader.read(row)
        for start in range(0, len(row), 64) if predicts(model) or model.anatomy.head is not None else ():
            reader.logits(start, start + 64)
    finally:
        for hook in hooks:
            hook.remove()
    name = first[0] if first else "logits"
    tensors = model.module.state_dict()
    damaged = [key for key in tensors if key.startswith(f"{name}.") and not finite(tensors[key])]
    return RunFailed(
        "The model's output is not finite",
        where=name,
        why=f"{damaged[0]} holds NaN or infinite numbers" if damaged else "the numbers overflow in this layer first",
        advice="undo the step that made these weights" if damaged else "measure in float32 or bfloat16",
    )


def finite(tensor: torch.Tensor) -> bool:
    """Whether a tensor holds neither NaN nor infinity."""
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor.float()).all())
