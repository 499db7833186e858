"""A network of NeuroML components as a NeuroML 2 file."""
