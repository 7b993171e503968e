"""The audit of a quantized model beside its base: are these the weights that it says, rounded as quantizers round?

May import models, modules and methods; knows no run, no command line and no window.
"""
