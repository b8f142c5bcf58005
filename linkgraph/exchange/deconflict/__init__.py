"""Deconfliction: two teams learn which of their targets both have, and of the others nothing.

Three files go between them on a stick. The protocol is :mod:`.protocol`; what it protects and what not is in
docs/deconflict.md.
"""
