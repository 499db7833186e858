"""Populations that have a class of their own: arrays of rates and of spikes, random spikes."""
