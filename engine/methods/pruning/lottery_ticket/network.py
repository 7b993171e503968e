"""The network that is pruned: its masked layers, its weights by name, and which of them go."""

from __future__ import annotations

import dataclasses

import torch

from engine.architecture.anatomy import Anatomy, Linear
from engine.architecture.skeleton import build_initialized
from engine.base.errors import BadInput, RunFailed
from engine.methods.pruning.lottery_ticket.settings import LotteryTicketSettings
from engine.methods.shared.layers import chosen
from engine.methods.shared.rewind import load_weights, put_weights, rewind_file, weights_of
from engine.methods.shared.trainable import set_trainable
from engine.models.layer import LinearLayer, oriented, replace
from engine.models.model import Model
from engine.models.stage import Stage
from engine.modules.quantized_embedding import QuantizedEmbedding
from engine.modules.sparse import MaskedLinear, SparseLinear
from engine.modules.sparse_embedding import MaskedEmbedding, SparseEmbedding
from engine.modules.tied import TiedLinear
from engine.numerics.masks import (
    half_rate,
    keep_largest,
    keep_largest_evenly,
    keep_largest_of_all,
    random_mask,
    remaining_after,
)
from engine.training.model import open_for_training

Weights = dict[str, torch.Tensor]
"""By parameter name; the weights of pruned layers are (out, in) whatever the architecture has."""
Masks = dict[str, torch.Tensor]
"""Layer name -> bool (out, in)."""


def prunable(anatomy: Anatomy, settings: LotteryTicketSettings) -> dict[str, Linear]:
    """The layers that are pruned by name; the embedding and a head of its own come last."""
    linears = chosen(anatomy, settings.ignore)
    tables = anatomy.embeddings[:1] if settings.prune_embeddings else ()
    if settings.prune_head and anatomy.head is not None and not anatomy.tied:
        tables = (*tables, anatomy.head)
    for name in tables:
        linears[name] = Linear(name, "other", None, anatomy.hidden_size, anatomy.vocabulary, False, False, name)
    return linears


def kept_share(name: str, anatomy: Anatomy, settings: LotteryTicketSettings) -> float:
    """Of the weights of this layer, after all rounds: the table of the output layer may be pruned at half the rate."""
    table = anatomy.embeddings[0] if anatomy.tied else anatomy.head
    slowly = settings.head_rate == "half" and name == table
    return half_rate(settings.density, settings.rounds) if slowly else settings.density


class Network:
    """A model whose prunable layers are `MaskedLinear`; masks that it came with are respected."""

    def __init__(self, model: Model, settings: LotteryTicketSettings, stage: Stage) -> None:
        for name, module in model.compressed().items():
            if not isinstance(module, SparseLinear | SparseEmbedding | TiedLinear):
                raise BadInput("A compressed layer can't be pruned", where=name, advice="prune first")
        self.model, self.settings, self.stage = model, settings, stage
        self.layers = prunable(model.anatomy, settings)
        dtypes = {name: getattr(model.get(name), "weight", torch.empty(0)).dtype for name in self.layers}
        self._initial = dataclasses.replace(model.header, config=model.config)
        open_for_training(model, stage)
        for name, linear in self.layers.items():
            self._mask(linear, dtypes[name])
        set_trainable(model)
        self.alive: Masks = self.masks()

    def _mask(self, linear: Linear, dtype: torch.dtype) -> None:
        module = self.model.get(linear.name)
        if isinstance(module, MaskedLinear | MaskedEmbedding):
            return
        if linear.name in self.model.anatomy.embeddings:
            self._mask_embedding(linear.name, module, dtype)
            return
        layer = LinearLayer(self.model, linear)
        weight, bias = layer.weight, layer.bias
        whole = torch.ones_like(weight, dtype=torch.bool)
        sparse = SparseLinear.of(
            weight, whole, dtype=dtype, bias=None if bias is None else bias.to(dtype), transposed=linear.transposed
        )
        masked = MaskedLinear(sparse)
        with torch.no_grad():
            masked.weight.copy_(weight)
            if bias is not None and masked.bias is not None:
                masked.bias.copy_(bias)
        layer.replace(masked)

    def _mask_embedding(self, name: str, module: torch.nn.Module, dtype: torch.dtype) -> None:
        """A head that shares the table reads the masked one."""
        weight, factor = module.get_parameter("weight").detach(), QuantizedEmbedding.factor_of(module)
        if factor is None:
            why = f"{type(module).__name__} does more than look up rows"
            raise BadInput("The embedding can't be pruned", where=name, why=why, advice="leave it alone")
        sparse = SparseEmbedding.of(weight, torch.ones_like(weight, dtype=torch.bool), dtype=dtype)
        sparse.scalar_embed_scale = factor
        masked = MaskedEmbedding(sparse)
        with torch.no_grad():
            masked.weight.copy_(weight)
        self.model.replace(name, masked)
        if self.model.anatomy.tied and self.model.anatomy.head is not None:
            replace(self.model, self.model.anatomy.head, TiedLinear(name))

    # -- weights -----------------------------------------------------------------------------------------------------
    def weights(self) -> Weights:
        """Copies of all, as they are."""
        return weights_of(self.model.module)

    def set_weights(self, weights: Weights, masks: Masks) -> None:
        """Set all weights and masks; what a mask hides is zero."""
        put_weights(self.model.module, weights)
        with torch.no_grad():
            for name, mask in masks.items():
                module = self._masked_module(name)
                module.mask = mask.to(module.mask.device)
                module.weight.mul_(module.mask)

    def masks(self) -> Masks:
        """Copies of the masks."""
        return {name: self._masked_module(name).mask.detach().to("cpu", copy=True) for name in self.layers}

    def initial(self, trial: str) -> Weights:
        """Random weights as the architecture starts from, others for each trial."""
        seed = self.stage.generator(f"initial weights {trial}").initial_seed()
        module, _ = build_initialized(self._initial, seed)
        return self._oriented({name: p.detach() for name, p in module.named_parameters()})

    def stored_weights(self, step: int) -> Weights | None:
        """Weights of a step that a training from scratch left beside the model; None if it did not."""
        file = rewind_file(self.model.path, step)
        return self._oriented(load_weights(file)) if file.is_file() else None

    def _oriented(self, weights: Weights) -> Weights:
        linears = {f"{name}.weight": linear for name, linear in self.layers.items() if linear.transposed}
        return {name: oriented(w, linears[name]).contiguous() if name in linears else w for name, w in weights.items()}

    def _masked_module(self, name: str) -> MaskedLinear | MaskedEmbedding:
        module = self.model.get(name)
        assert isinstance(module, MaskedLinear | MaskedEmbedding)
        return module

    # -- masks -------------------------------------------------------------------------------------------------------
    def next_masks(self, weights: Weights, masks: Masks, round_: int) -> Masks:
        """Masks after this round (1 is the first): exactly as many of the weights that are alive as there should be."""
        scores = {name: weights[f"{name}.weight"].abs() for name in self.layers}
        alone = [name for name in self.layers if self.settings.scope == "layer" or name in self._tables]
        together = [name for name in self.layers if name not in alone]
        try:
            new_masks = {name: self._largest(name, scores[name], masks[name], round_) for name in alone}
            pooled = [[tensors[name] for name in together] for tensors in (scores, masks)]
            pooled_masks = keep_largest_of_all(pooled[0], self._count(together, round_), pooled[1])
        except ValueError as error:
            raise RunFailed("The weights can't be pruned", why=str(error), advice="choose fewer rounds") from None
        new_masks |= dict(zip(together, pooled_masks, strict=True))
        return {name: new_masks[name] for name in self.layers}

    def _largest(self, name: str, scores: torch.Tensor, mask: torch.Tensor, round_: int) -> torch.Tensor:
        """Mask of one layer by itself. In a table each token keeps as many weights as the others: how large its weights
        become depends on how often the text has it, and a token without any always gets the logit 0 from a head that
        shares the table."""
        keep = keep_largest_evenly if name in self._tables else keep_largest
        return keep(scores, self._count([name], round_), mask)

    @property
    def _tables(self) -> tuple[str | None, ...]:
        """Layers with a row for each token."""
        return (*self.model.anatomy.embeddings, self.model.anatomy.head)

    def random_masks(self, like: Masks, trial: str) -> Masks:
        """As many weights in each layer, drawn without looking."""
        generator = self.stage.generator(f"random masks {trial}")
        return {name: random_mask(mask.shape, int(mask.sum()), generator) for name, mask in like.items()}

    def remaining(self, masks: Masks) -> float:
        """Share of the weights of the pruned layers that is there, in %."""
        return 100.0 * sum(int(m.sum()) for m in masks.values()) / max(1, sum(m.numel() for m in masks.values()))

    def remaining_of_all(self, masks: Masks) -> float:
        """Share of all weights of the model that is there, in %: a table that is not pruned is whole."""
        whole = sum(parameter.numel() for parameter in self.model.module.parameters())
        gone = sum(mask.numel() - int(mask.sum()) for mask in masks.values())
        return 100.0 * (whole - gone) / max(1, whole)

    def _count(self, names: list[str], round_: int) -> int:
        """Of these layers, all of which are pruned at one rate."""
        share = kept_share(names[0], self.model.anatomy, self.settings) if names else 1.0
        return remaining_after(sum(int(self.alive[name].sum()) for name in names), share, round_, self.settings.rounds)
