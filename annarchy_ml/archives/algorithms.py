"""Which method of this package an algorithm of KiSAO means, and what may stand for it.

KiSAO (https://github.com/SED-ML/KiSAO) numbers algorithms. The variable
``ALGORITHM_SUBSTITUTION_POLICY`` says how far another may be from the one that is asked for.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from annarchy_ml.diagnostics.core import UsageError

VARIABLE = "ALGORITHM_SUBSTITUTION_POLICY"
POLICIES = (
    "NONE",
    "SAME_METHOD",
    "SAME_MATH",
    "SIMILAR_APPROXIMATIONS",
    "DISTINCT_APPROXIMATIONS",
    "DISTINCT_SCALES",
    "SAME_VARIABLES",
    "SIMILAR_VARIABLES",
    "SAME_FRAMEWORK",
    "ANY",
)
DEFAULT_POLICY = "SIMILAR_VARIABLES"
_FROM = "SIMILAR_APPROXIMATIONS"
"""Methods for the same equations stand for each other from here on."""
EULER = "KISAO_0000030"
OWN = {
    EULER: "reference",
    "KISAO_0000261": "euler",
    "KISAO_0000032": "rk4",
    "KISAO_0000381": "rk2",
}
"""Methods of this package by algorithm: the reference one is Euler's, as in jLEMS."""
SIMILAR = {
    "KISAO_0000019": "CVODE",
    "KISAO_0000031": "Euler backward method",
    "KISAO_0000033": "Rosenbrock method",
    "KISAO_0000064": "Runge-Kutta based method",
    "KISAO_0000086": "Fehlberg method",
    "KISAO_0000087": "Dormand-Prince method",
    "KISAO_0000088": "LSODA",
    "KISAO_0000089": "LSODAR",
    "KISAO_0000283": "IDA",
    "KISAO_0000301": "Heun method",
    "KISAO_0000433": "CVODE-like method",
    "KISAO_0000535": "VODE",
}
"""Other solvers of ordinary differential equations."""


class Chosen(NamedTuple):
    """What runs.

    Attributes:
        kisao: the algorithm.
        method: its name in this package.
        note: what it stands for; empty if it is what was asked for.
    """

    kisao: str
    method: str
    note: str = ""


def policy() -> str:
    """The policy of this process.

    Raises:
        UsageError: If there is none of this name.
    """
    found = os.environ.get(VARIABLE, DEFAULT_POLICY).strip().upper()
    if found not in POLICIES:
        raise UsageError(f"{VARIABLE} is '{found}'", hint=f"one of {', '.join(POLICIES)}")
    return found


def choose(kisao: str) -> Chosen:
    """The method for an algorithm.

    Raises:
        UsageError: If there is none, and the policy lets none stand for it.
    """
    name = kisao.strip().replace(":", "_")
    if name in OWN:
        return Chosen(name, OWN[name])
    rule = policy()
    known = name in SIMILAR
    if rule == "ANY" or (known and POLICIES.index(rule) >= POLICIES.index(_FROM)):
        asked = SIMILAR.get(name, "")
        what = f"{name} ({asked})" if asked else name
        return Chosen(EULER, OWN[EULER], f"{EULER} stands for {what}")
    raise UsageError(
        f"the algorithm {name} is not supported",
        notes=(f"{VARIABLE} is {rule}",),
        hint=f"use one of {', '.join(OWN)}",
    )
