"""The block formats of ggml (GGUF): how their bytes are laid out, what they mean, and searches for the best of them."""
