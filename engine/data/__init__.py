"""Texts, and the windows of tokens that are made of them."""
