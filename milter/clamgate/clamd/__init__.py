"""Talking to clamd: protocol, transport, choice of a scanner, and the scan itself."""
