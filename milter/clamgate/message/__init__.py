"""The spool: a message's exact bytes, in memory and then in a file."""
