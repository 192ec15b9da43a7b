"""The exporter: the process that serves metrics and health over HTTP."""
