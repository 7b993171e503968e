"""Distances between the inner states of a student and of its teacher."""

from __future__ import annotations

import math
from typing import Literal

import torch
import torch.nn.functional as F

from engine.numerics.divergences import kl

Distance = Literal["l1", "l2", "cosine"]


def hidden_distances(teacher: torch.Tensor, student: torch.Tensor, distance: Distance) -> torch.Tensor:
    """Of each token: mean absolute or mean squared difference over the features, or 1 - cosine; in float32.
    Two (…, features) -> (…)."""
    teacher, student = teacher.float(), student.float()
    if distance == "l1":
        return (teacher - student).abs().mean(-1)
    if distance == "l2":
        return (teacher - student).square().mean(-1)
    return 1.0 - F.cosine_similarity(teacher, student, dim=-1)


def map_divergences(teacher: torch.Tensor, student: torch.Tensor) -> torch.Tensor:
    """KL(teacher ‖ student) of attention maps for each query, a mean over the heads: two (samples, heads, queries,
    keys) of probabilities -> (samples, queries). Where the counts of heads differ, the mean maps are compared
    (Wang et al. 2020, equation 3, asks for equal counts)."""
    teacher, student = teacher.float(), student.float()
    if teacher.shape[1] != student.shape[1]:
        teacher, student = teacher.mean(1, keepdim=True), student.mean(1, keepdim=True)
    smallest = torch.finfo(torch.float32).tiny
    return kl(teacher.clamp(min=smallest).log(), student.clamp(min=smallest).log()).mean(1)


def relation_divergences(
    teacher: torch.Tensor, student: torch.Tensor, heads: int, mask: torch.Tensor | None = None
) -> torch.Tensor:
    """KL between the relations of tokens, softmax(A Aᵀ / √d), for each token, a mean over ``heads``: two (samples,
    tokens, features) of queries, keys or values -> (samples, tokens) (Wang et al. 2021, equations 3 to 5).

    The features of both are cut into ``heads`` pieces, whatever heads they came from; ``heads`` divides both widths.
    mask: bool (samples, tokens), False for padding, which no token is related to.
    """
    log_p, log_q = (_relations(states.float(), heads, mask) for states in (teacher, student))
    return kl(log_p, log_q).mean(1)


def _relations(states: torch.Tensor, heads: int, mask: torch.Tensor | None) -> torch.Tensor:
    samples, tokens, features = states.shape
    pieces = states.view(samples, tokens, heads, features // heads).transpose(1, 2)
    scores = pieces @ pieces.transpose(-1, -2) / math.sqrt(features // heads)
    if mask is not None:
        scores = scores.masked_fill(~mask[:, None, None, :], torch.finfo(scores.dtype).min)
    return F.log_softmax(scores, dim=-1)
