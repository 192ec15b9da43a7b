"""One message, every reading: the leaf parts that any mail program would present."""
