"""Synapses that come and go."""
