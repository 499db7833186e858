"""Models as LEMS files."""
