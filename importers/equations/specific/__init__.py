"""Projections with a class of their own."""
