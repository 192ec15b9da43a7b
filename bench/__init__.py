"""Measures of speed, side by side: bare clamd, Debian's clamav-milter, clamgate, and others."""
