"""The commands: arguments in, one clear line and an exit code out."""
