"""Whole simulations as one CUDA program, and the devices that run it."""
