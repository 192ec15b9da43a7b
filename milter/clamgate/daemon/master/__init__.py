"""The master: binds, forks, watches, reloads and stops. It does no mail."""
