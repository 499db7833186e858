"""The random numbers of this backend."""

from __future__ import annotations

from pyNN.random import NumpyRNG


class NativeRNG(NumpyRNG):
    """Random numbers of this backend: those of NumPy."""
