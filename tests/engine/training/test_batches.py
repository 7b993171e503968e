"""Samples of a text in batches."""

from __future__ import annotations

import torch

from engine.training.batches import TokenBatches


def test_tokens_are_those_of_samples_that_are_trained_on() -> None:
    batches = TokenBatches({"input_ids": torch.arange(20 * 3).view(20, 3)}, size=4, micro=2, seed=0, held_out=4)
    held_out = {int(ids[0]) for batch in batches.held_out() for ids in batch["input_ids"]}
    few, all_of_them = batches.tokens(4), batches.tokens(100)
    assert few.shape == (4, 3) and int(few[0, 0]) < 15 and int(few[-1, 0]) >= 36  # spread over the text
    assert all_of_them.shape == (16, 3) and held_out.isdisjoint(all_of_them[:, 0].tolist())
    assert set(few[:, 0].tolist()) <= set(all_of_them[:, 0].tolist())


def test_tokens_of_padded_samples_are_without_the_padding() -> None:
    mask = torch.tensor([[1, 1, 0], [1, 1, 1], [1, 0, 0], [1, 1, 0]])
    ids = torch.arange(12).view(4, 3) * mask - (1 - mask)
    batches = TokenBatches({"input_ids": ids, "attention_mask": mask}, size=1, micro=1, seed=0)
    assert batches.tokens(4).tolist() == [[0, 1, 3], [4, 5, 6]]  # 9 and 10 make no whole sample
