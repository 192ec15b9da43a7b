"""`clamgate history`: what became of the last messages."""
