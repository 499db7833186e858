"""The equation language and its scripting API, which build a network of the shared engine."""
