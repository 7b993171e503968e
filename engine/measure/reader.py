"""Reading windows of tokens: the network runs once, its logits come chunk by chunk, so that they never fill memory."""

from __future__ import annotations

import contextlib
import functools
from typing import Any

import torch
from torch import nn

from engine.architecture.two_texts import encoder_of, inputs_of, reads_two

LOGIT_BYTES = 16 * 2**20
"""Size of one chunk of float32 logits. log_softmax, and a reference beside it, make about six of them at a time."""


class _Read(Exception):  # noqa: N818 - leaves a forward pass before the head
    pass


class Reader:
    """Reads one window after another with ``module``.

    The logits of 2048 tokens over 49 152 words are 403 MB. So the backbone runs once a window, and then the network's
    own forward pass runs for each chunk with the hidden states in the place of the backbone: scaling and capping of
    the logits stay whatever the architecture does. A network without a recognizable backbone runs as a whole.

    Of an encoder-decoder the backbone is the decoder, which predicts the second half of a window from the first (see
    `engine.architecture.two_texts`): states and logits are those of its places.
    """

    def __init__(self, module: nn.Module, device: torch.device | str = "cpu") -> None:
        self.module = module
        self._device = device
        self._backbone = _backbone_of(module)
        self._encoder = encoder_of(module)
        self._states: torch.Tensor | None = None
        self._output: Any = None

    @property
    def has_states(self) -> bool:
        """True if the last hidden states can be told apart from what the head makes of them."""
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
        arguments: dict[str, Any] = inputs_of(self.module, batch)
        if self._backbone is not None and self._encoder is not None:
            self._output = self._read_both(self._backbone, arguments)
        else:
            self._output = (self._backbone or self.module)(**arguments, use_cache=False, return_dict=True)
        self._states = getattr(self._output, "last_hidden_state", None)

    def _read_both(self, decoder: nn.Module, inputs: dict[str, Any]) -> Any:
        """Output of the decoder behind the encoder, as the network itself calls both."""
        forward = decoder.forward
        outputs: list[Any] = []

        def read(*arguments: Any, **keywords: Any) -> Any:
            outputs.append(forward(*arguments, **{**keywords, "return_dict": True}))
            raise _Read

        decoder.forward = read
        try:
            with contextlib.suppress(_Read):
                self.module(**inputs, use_cache=False, return_dict=True)
        finally:
            decoder.forward = forward
        return outputs[0]

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
        encoded = _output_of(hidden.new_zeros(*hidden.shape[:2], _width_of(self._encoder, hidden)))
        outputs = {self._backbone: output, self._encoder: encoded}

        ids = torch.zeros(hidden.shape[:2], dtype=torch.int64, device=hidden.device)
        arguments = {"input_ids": ids} if self._encoder is None else {"input_ids": ids, "decoder_input_ids": ids}
        replaced = [module for module in outputs if module is not None]
        forwards = [module.forward for module in replaced]
        for output_layer in replaced:
            output_layer.forward = functools.partial(_replayed, outputs[output_layer])
        try:
            logits: torch.Tensor = self.module(**arguments, use_cache=False, return_dict=True).logits
            return logits[0].float()
        finally:
            for output_layer, forward in zip(replaced, forwards, strict=True):
                output_layer.forward = forward


def _replayed(output: Any, *_: Any, **__: Any) -> Any:
    return output


def _width_of(encoder: nn.Module | None, states: torch.Tensor) -> int:
    """The features that an encoder gives: those of its config, where it has one of its own."""
    return int(getattr(getattr(encoder, "config", None), "hidden_size", states.shape[-1]))


def _backbone_of(module: nn.Module) -> nn.Module | None:
    """Module below a network's head, None if it can't be told: of one that reads two texts its decoder alone."""
    candidates: list[Any] = [getattr(module, "get_decoder", lambda: None)()]
    if not reads_two(module):
        candidates.append(getattr(module, "base_model", None))
    elif (
        getattr(candidates[0], "get_output_embeddings", lambda: None)() is not None
    ):  # a model with a head, put behind another
        candidates = [candidates[0].base_model]
    return next(
        (candidate for candidate in candidates if isinstance(candidate, nn.Module) and candidate is not module), None
    )


def _output_of(states: torch.Tensor) -> Any:
    """Output of a backbone with nothing in it but the states."""
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
