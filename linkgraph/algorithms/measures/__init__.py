"""Measures of nodes and pairs that several questions use."""
