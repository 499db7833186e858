"""Networks of equations of every kind, small and repeatable, for comparisons of those who run them.

Who runs them: `test_equation_corpus.py` and `test_equation_annarchy.py` in tests/system, and
`make_annarchy.py` here.
"""

from __future__ import annotations

import corpus_random
import corpus_rates
import corpus_spikes
from corpus_frame import CORPUS, Model, Watch

__all__ = ["CORPUS", "Model", "Watch", "corpus_random", "corpus_rates", "corpus_spikes"]
