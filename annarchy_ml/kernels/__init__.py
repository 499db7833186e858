"""Kernel IR: what the compiler hands to the engine, its rules, its text, and its NumPy executor."""
