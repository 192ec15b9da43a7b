"""The other side of the wire, for tests and users: it knows nothing of the filter's code."""
