"""The clerk: the one process that writes the log and answers the control socket."""
