"""The decorator of all kernels; importing this file imports numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """Compile a function for the types it is first called with, without the interpreter's lock, and keep the code.

    Where neither the folder of the file nor the user's cache folder can be written, every process compiles anew.
    """
    try:
        return cast("Kernel", numba.njit(function, cache=True, nogil=True))
    except RuntimeError:
        return cast("Kernel", numba.njit(function, nogil=True))
