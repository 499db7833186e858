"""The model as its author wrote it, its instances, and its flat equations."""
