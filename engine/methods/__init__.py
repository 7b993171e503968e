"""Compression methods: one folder each in its family, found by the registry. Settings are torch-free.

A method imports what its family and all methods share, never another method; QLoRA builds on LoRA.

The package can be called: ``engine.methods()`` is `engine.api.methods`, which has the same name.
"""

from engine.base.callable_package import make_callable

make_callable(__name__)
