"""Validation: results against published values, other engines and finer steps."""
