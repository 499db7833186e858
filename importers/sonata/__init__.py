"""SONATA circuits and simulations."""
