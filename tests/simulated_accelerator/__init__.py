"""An accelerator for machines without one, built on torch's backends in Python (PrivateUse1).

Tensors say that they live on device "sim:0" or "sim:1", hold their values in host memory, and refuse to meet tensors of
another device, as CUDA does. Devices count kernels, waits of the host (by line of the engine), copies, and the bytes
that are alive, up to a limit; they have generators, autocast, streams and pinned memory, and can lack operators and
dtypes. What they compute is what the CPU computes.

Not shown by it: kernels and their order, cuBLAS, cuSOLVER and fused attention, speed, the workspace of kernels, and a
generator of the device used for a tensor of the CPU.

Registering it changes the whole process (`torch.accelerator`, `torch.Generator`): only processes that exist for
nothing else call `install`.
"""

from simulated_accelerator.backend import install
from simulated_accelerator.ledger import LEDGER, Device
from simulated_accelerator.libraries import adapt
from simulated_accelerator.tensor import NAME, Simulated

__all__ = ["LEDGER", "NAME", "Device", "Simulated", "adapt", "install"]
