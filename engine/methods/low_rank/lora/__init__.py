"""LoRA."""

import logging

# bitsandbytes tells every user of a CPU to install a package that nothing here needs.
logging.getLogger("bitsandbytes.backends.cpu.ops").addFilter(lambda record: "kernels" not in record.getMessage())
