"""Documents as files of LEMS and NeuroML."""
