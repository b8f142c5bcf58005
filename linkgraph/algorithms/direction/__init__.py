"""Parts of hierarchy: levels, how far things get, who approaches many; and paths in time."""
