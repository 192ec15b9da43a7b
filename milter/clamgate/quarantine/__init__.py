"""The quarantine of our own: messages on disk as they came, and an index to find them by."""
