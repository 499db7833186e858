"""Readers: each turns files or scripts of one kind into a model."""
