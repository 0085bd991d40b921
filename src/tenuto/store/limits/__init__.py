"""What is limited by rows that all processes share."""
