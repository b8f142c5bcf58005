"""Parts of communities: finding them, how firm they are, their levels, what they have in common."""
