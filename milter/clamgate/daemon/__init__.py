"""The running service: listening socket, privileges, signals, and the wiring of it all."""
