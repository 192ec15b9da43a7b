"""The history: what became of the last messages, kept compactly in memory."""
