"""Models whose layers are blocks of GGUF types, run by llama.cpp on the CPU: texts, speed, answers of the check.

One owner of the file that it reads: `file`. The process that it runs in is `engine.measure.llama_cpp`.
"""
