"""The parts of a GGUF file: keys, metadata, tokenizer, tensors, in the order in which they are written."""
