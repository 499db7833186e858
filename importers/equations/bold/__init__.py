"""Signals of functional magnetic resonance imaging, computed from the activity of neurons."""
