"""Reading windows of tokens: the network runs once, its logits come chunk by chunk, so that they never fill memory."""

from __future__ import annotations

import functools
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
        self._backbone = _backbone_of(module)
        self._states: torch.Tensor | None = None
        self._output: Any = None

    @property
    def has_states(self) -> bool:
        """Whether the last hidden states can be told apart from what the head makes of them."""
        return self._backbone is not None or getattr(self.module, "base_model", None) is self.module

    @property
    def states(self) -> torch.Tensor:
        """The last hidden states of what was read, (batch, tokens, features)."""
        assert self._states is not None
        return self._states

    @torch.no_grad()
    def read(self, ids: torch.Tensor) -> None:
        """Run the network on ``ids``, (tokens,) or (batch, tokens) int64."""
        batch = ids.reshape(-1, ids.shape[-1]).to(self._device)
        self._output = (self._backbone or self.module)(input_ids=batch, use_cache=False, return_dict=True)
        self._states = getattr(self._output, "last_hidden_state", None)

    def take(self, states: torch.Tensor) -> None:
        """Let `logits` be made of these last hidden states, (1, tokens, features), of another reading."""
        self._states = states

    @torch.no_grad()
    def logits(self, start: int, stop: int) -> torch.Tensor:
        """Logits of the tokens ``start`` to ``stop`` of the one window that was read, (tokens, vocabulary) float32."""
        if self._backbone is None:
            whole: torch.Tensor = self._output.logits
            return whole[0, start:stop].float()
        hidden = self.states[:, start:stop]
        output = _output_of(hidden)

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


def _backbone_of(module: nn.Module) -> nn.Module | None:
    """What a network's head stands on, if it can be told; the encoder of one that reads two texts."""
    part = getattr(module, "get_encoder" if reads_two(module) else "get_decoder", lambda: None)
    found = (part(), getattr(module, "base_model", None))
    return next((each for each in found if isinstance(each, nn.Module) and each is not module), None)


def reads_two(module: nn.Module) -> bool:
    """Whether the network has an encoder and a decoder, with a text for each."""
    return bool(getattr(getattr(module, "config", None), "is_encoder_decoder", False))


def _output_of(states: torch.Tensor) -> Any:
    """What a backbone gives, with nothing in it but the states."""
    return _output()(last_hidden_state=states)


@functools.cache
def _output() -> Any:
    from transformers.modeling_outputs import BaseModelOutputWithPast

    class Output(BaseModelOutputWithPast):  # type: ignore[misc]
        """Whatever else a head asks for (the logits of routers) was not computed."""

        def __getattr__(self, name: str) -> None:
            if name.startswith("__"):
                raise AttributeError(name)

    return Output
