"""The block formats of ggml (GGUF): layouts of their bytes, values of the codes, and searches for the best codes."""
