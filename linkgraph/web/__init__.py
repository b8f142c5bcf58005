"""The explorer's server: a case, its whole graph at hand, served to one browser on the same machine."""
