"""Parts of co-use: what counts as one occasion, who met on it, and how likely that was."""
