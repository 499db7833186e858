"""What a device does not do: refused by name."""

from __future__ import annotations

from annarchy_ml.diagnostics import Diagnostic, UnsupportedError


def not_there(text: str) -> UnsupportedError:
    """The fault of what a running device cannot do."""
    return UnsupportedError((_refused(text),))


def _refused(text: str) -> Diagnostic:
    return Diagnostic("unsupported.device", text, hint="use the device cpu")
