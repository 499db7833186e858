"""Files of values: states of networks, parameters, connections, reports."""
