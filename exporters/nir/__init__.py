"""Networks of linear neurons as graphs of the Neuromorphic Intermediate Representation."""
