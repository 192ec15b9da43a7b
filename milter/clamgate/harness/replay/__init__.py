"""Mail from files, sent to any filter or server, and what becomes of it as figures."""
