"""Prints Kernel IR as source code of a target: expressions, loops, whole files."""
