"""`clamgate policy`: what the rules would do, without any mail."""
