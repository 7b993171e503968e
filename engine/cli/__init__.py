"""The command line: everything the window does, without the window and without Qt.

With ``--json`` every command prints one object on standard output, whatever happens, with these keys; they stay, more
may be added:

- ``command``: its name; ``status``: "done", "failed" or "cancelled".
- ``error``, if it failed: ``kind`` ("bad_input", "failed", "out_of_memory"), ``message`` (the sentence), its pieces
  ``what``, ``where``, ``why``, ``advice``, and ``block``, the block of the run that failed or null.
- ``compress``, ``run``, ``resume``: ``run`` (id), ``name``, ``seed``, ``folder``, ``report`` (path of report.json),
  ``stages`` (as in report.json) and, after an export, ``export``; none of them if the run was refused before its first
  block.
- ``export`` without ``--out``: ``formats``, each with ``id``, ``title``, ``expected_bytes``, ``tensor_bytes``,
  ``bits_per_weight``, ``keeps_values``, ``larger``, ``problems`` and ``default``.
- ``export``, ``verify``: ``export`` with ``folder``, ``format``, ``ok``, ``sentence``, ``loaded_by``, ``seconds``,
  ``metrics``, ``warnings``, ``verified_by`` ("target program", or "this program" if only this one has read the
  files), ``advice`` (how to have the target program read them), ``unchecked`` (true where this machine could not
  finish the check, which says nothing about the files) and ``open_in`` (``program``, ``language`` and ``lines``).
- ``push``: ``push`` with ``repo``, ``url``, ``branch``, ``private``, ``created``, ``commit`` ("" where nothing was
  sent), ``files`` (``name``, ``size``, ``state``: "new", "changed" or "same"), ``sent_bytes``, ``removed``, ``others``,
  ``unsent`` and ``open_in``.
- ``methods``: ``methods``, each with ``id``, ``title``, ``family``, ``summary``, ``paper``, ``origin``, ``inputs``,
  ``optional_inputs``, ``needs`` and ``settings``.
- ``inspect``: ``path``, ``format``, ``model_type``, ``parameters``, ``size_bytes`` (of the files), ``tensor_bytes``,
  ``config``, ``tensors``, ``came_packed`` (how another program quantized the weights, or empty).
- ``results``: ``results``, each with the value of every column that anything is known for, and ``artifact``.
- ``history``: ``runs``, each with ``id``, ``name``, ``folder``, ``status``, ``started``, ``finished``, ``metrics``.
"""

from engine.cli.main import main
from engine.cli.words import coerced

__all__ = ["coerced", "main"]
