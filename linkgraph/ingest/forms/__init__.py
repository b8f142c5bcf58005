"""Tables of known producers, one file each: their columns, and what these mean for a kind of source."""
