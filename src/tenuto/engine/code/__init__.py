"""Programs that people write: run durably, call by call, and checked without being run."""
