"""The API of those who write workflows."""
