"""`clamgate quarantine`: what is stored, and what is to become of it."""
