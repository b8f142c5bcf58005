"""Formats a graph is handed on in, one file a format."""
