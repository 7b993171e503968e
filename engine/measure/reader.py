"""Reading windows of tokens: the network runs once, its logits come chunk by chunk, so that they never fill memory."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

LOGIT_BYTES = 16 * 2**20
"""Size of one chunk of float32 logits. log_softmax, and a reference beside it, make about six of them at a time."""


class Reader:
    """Reads one window after another with ``module``.

    The logits of 2048 tokens over 49 152 words are 403 MB. So the backbone runs once a window, and then the network's
    own forward pass runs for each chunk with the hidden states in the place of the backbone: scaling and capping of
    the logits stay whatever the architecture does. A network without a recognizable backbone runs as a whole.
    """

    def __init__(self, module: nn.Module, device: torch.device | str = "cpu") -> None:
        self.module = module
        self._device = device
        reads_two = getattr(getattr(module, "config", None), "is_encoder_decoder", False)  # of one text the encoder
        part = getattr(module, "get_encoder" if reads_two else "get_decoder", None)
        backbone = part() if part else module
        self._backbone: nn.Module | None = None if backbone is module else backbone
        self._output: Any = None

    @torch.no_grad()
    def read(self, ids: torch.Tensor) -> None:
        """Run the network on ``ids``, (tokens,) or (batch, tokens) int64."""
        batch = ids.reshape(-1, ids.shape[-1]).to(self._device)
        output = (self._backbone or self.module)(input_ids=batch, use_cache=False, return_dict=True)
        self._output = output

    @torch.no_grad()
    def logits(self, start: int, stop: int) -> torch.Tensor:
        """Logits of the tokens ``start`` to ``stop`` of the one window that was read, (tokens, vocabulary) float32."""
        if self._backbone is None:
            whole: torch.Tensor = self._output.logits
            return whole[0, start:stop].float()
        hidden = self._output.last_hidden_state[:, start:stop]
        output = type(self._output)(**{**self._output, "last_hidden_state": hidden})

        def replay(*_: Any, **__: Any) -> Any:
            return output

        forward = self._backbone.forward
        self._backbone.forward = replay
        try:
            ids = torch.zeros(hidden.shape[:2], dtype=torch.int64, device=hidden.device)
            logits: torch.Tensor = self.module(input_ids=ids, use_cache=False, return_dict=True).logits
            return logits[0].float()
        finally:
            self._backbone.forward = forward
