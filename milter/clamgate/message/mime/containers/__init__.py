"""Containers other than multipart: what they hold is scanned as if it stood in the message."""
