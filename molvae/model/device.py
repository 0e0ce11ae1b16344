"""Where to compute, and in which precision."""

import ctypes
import sys

import torch

from molvae.errors import ConfigError

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3


def resolve_device(name: str = "auto") -> torch.device:
    """The device called `name`; `auto` takes CUDA where there is one.

    Raises `ConfigError` for an unknown name or an absent device.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ConfigError(f"unknown device {name!r}; use auto, cpu, cuda or cuda:N") from error
    if device.type not in ("cpu", "cuda"):
        raise ConfigError(f"device {name!r} is not supported; use auto, cpu, cuda or cuda:N")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ConfigError(f"device {name!r} is not on this machine; use --device auto or cpu")
    return device


def resolve_dtype(precision: str, device: torch.device) -> torch.dtype:
    """What recurrences compute in; `auto` is bfloat16 where the processor has it in hardware.

    Weights, their updates and the loss stay in float32 either way.
    """
    if precision == "auto":
        return torch.bfloat16 if has_fast_bfloat16(device) else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def has_fast_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 products run in hardware on `device`."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(supported())


def keep_freed_memory() -> None:
    """Tell glibc to keep large freed blocks, for up to half of a training step is page faults.

    Does nothing on other C libraries. The process then returns less memory to the system.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_MMAP_THRESHOLD, 1 << 30)
    mallopt(_M_TRIM_THRESHOLD, (1 << 31) - 1)
