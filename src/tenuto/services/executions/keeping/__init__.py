"""What is kept of runs: their large values, and for how long they are there."""
