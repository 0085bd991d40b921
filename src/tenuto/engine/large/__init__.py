"""Large values of runs, beside the log."""
