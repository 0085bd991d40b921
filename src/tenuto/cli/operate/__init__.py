"""What is done to runs from the command line."""
