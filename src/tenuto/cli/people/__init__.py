"""People at the terminal: their keys, and the questions they are asked."""
