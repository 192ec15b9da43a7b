"""Observers of events: log lines and VirusAction."""
