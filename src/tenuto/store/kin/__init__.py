"""Where runs of runs are kept: let go, counted, ended, listed."""
