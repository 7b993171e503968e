"""What the quantizers share: settings of formats, rounding a layer, the GPTQ solver, factors, self-distillation."""
