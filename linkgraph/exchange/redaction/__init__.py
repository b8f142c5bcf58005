"""What may be handed on: reviewed profiles, what they leave of a graph, and the gate before it goes."""
