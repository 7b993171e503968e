"""Compression methods: one folder each in its family, found by the registry. Settings are torch-free.

A method imports what its family and all methods share, never another method; QLoRA builds on LoRA.
"""
