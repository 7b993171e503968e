"""llama.cpp in a process of its own that runs one GGUF file, and how fast it reads each block type here."""
