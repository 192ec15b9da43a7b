"""Content-transfer-encodings, each undone in every way that some program does it."""
