"""A worker: one process that serves MTAs through libmilter, until it is told to leave."""
