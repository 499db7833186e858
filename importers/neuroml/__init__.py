"""NeuroML 2 and LEMS files."""
