"""`clamgate top`: a live view of the running filter."""
