"""Metrics of the mail: counted in each worker, and kept where Prometheus is served from."""
