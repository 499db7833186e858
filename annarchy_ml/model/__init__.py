"""The model as its author wrote it, its instances, and what a simulation is asked to do."""
