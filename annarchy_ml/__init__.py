"""NeuroML/LEMS, PyNN and equation-based neural models on one native engine."""

__version__ = "0.1.0"
