"""Connectors where PyNN's own ones fail or are slow."""

from __future__ import annotations

from typing import Any

from pyNN import connectors


class OneToOneConnector(connectors.OneToOneConnector):
    """Connects the i-th cell to the i-th cell."""

    __doc__ = connectors.OneToOneConnector.__doc__

    def connect(self, projection: Any) -> None:
        """As PyNN's own; that fails for two single cells with NumPy 2.1 and later."""
        if projection.shape == (1, 1):
            every = connectors.AllToAllConnector(
                location_selector=self.location_selector, safe=self.safe, callback=self.callback
            )
            every.connect(projection)
        else:
            super().connect(projection)
