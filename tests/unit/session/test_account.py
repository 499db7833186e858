"""What stopped a run, in the user's words."""

from __future__ import annotations

import pytest

from annarchy_ml.engine import _core
from annarchy_ml.session.account import fault_of_run


@pytest.mark.parametrize(
    ("field", "shown"), [("./v", "'v'"), ("v#exposed", "'v'"), ("na/m/q", "'na/m/q'")]
)
def test_a_value_that_is_no_number_has_the_name_of_the_model(field: str, shown: str) -> None:
    error = _core.NonFiniteError("inf")
    error.group, error.field, error.index = "pop", field, 3
    error.time, error.last = 0.2145, -0.037

    found = fault_of_run(error)

    assert found.message == f"{shown} of pop[3] is no longer a number at 214.5 ms"
    assert found.notes == ("its last finite value was -0.037 (SI units)",)
