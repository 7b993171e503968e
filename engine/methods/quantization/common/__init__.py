"""Common parts of the quantizers: settings of formats, rounding a layer, the GPTQ solver, factors,
self-distillation."""
