"""One action of a connector: performed, or simulated."""
