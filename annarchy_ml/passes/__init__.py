"""The passes of the compiler: from a document to a simulation plan."""
