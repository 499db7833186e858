"""Options of the command line of a script, where the script asks for them.

    python script.py -j 4 --prec float --report network.md

    ann.parse_args()

The same is done at the first network if the environment variable ``ANNARCHY_ML_ARGV`` is 1.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from annarchy_ml.importers.equations.network import Network

VARIABLE = "ANNARCHY_ML_ARGV"
_wanted: dict[str, Any] = {}
_report: list[str] = []
_done: list[bool] = []


def parse_args(arguments: Sequence[str] | None = None) -> list[str]:
    """Reads the options of the command line for all networks that are made from now on.

    They are ``-j N`` (threads), ``--gpu [N]``, ``--prec float|double``, ``--report FILE``;
    ``-c``, ``-v``, ``-d`` and ``--profile`` are accepted.

    Args:
        arguments: those of the script, if none are given.

    Returns:
        The arguments that are others.
    """
    _done.append(True)
    found, others = _parser().parse_known_args(sys.argv[1:] if arguments is None else arguments)
    _wanted.clear()
    if found.num_threads is not None:
        _wanted["num_threads"] = found.num_threads
    if found.gpu is not None:
        _wanted["device"] = "cuda" if found.gpu < 0 else f"cuda:{found.gpu}"
    if found.prec is not None:
        _wanted["precision"] = found.prec
    _report[:] = [] if found.report is None else [found.report]
    return others


def settle(network: Network) -> None:
    """Gives a network that has just been made the settings of the command line."""
    if not _done and os.environ.get(VARIABLE) == "1":
        parse_args()
    network.config(**_wanted)


def describe(network: Network) -> None:
    """Writes the report that the command line asks for, of a network that was compiled."""
    if _report:
        from annarchy_ml.importers.equations.reports.writing import report

        report(network, _report[0])


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-j", "--num-threads", type=int, dest="num_threads")
    parser.add_argument("--gpu", type=int, nargs="?", const=-1)
    parser.add_argument("--prec", choices=("float", "double"))
    parser.add_argument("--report")
    for names in (("-c", "--clean"), ("-v", "--verbose"), ("-d", "--debug"), ("--profile",)):
        parser.add_argument(*names, action="store_true")
    return parser
