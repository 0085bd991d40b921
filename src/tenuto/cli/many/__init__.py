"""Many runs of one workflow: a file of rows, a run for each, and what they came to."""
