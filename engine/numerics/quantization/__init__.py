"""Formulas of number formats: codes, ranges, rounding, GPTQ, AWQ, OneBit, LR-QAT, layouts of packed bits."""
