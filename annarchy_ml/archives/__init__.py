"""COMBINE/OMEX archives of SED-ML documents, as BioSimulators runs them."""
