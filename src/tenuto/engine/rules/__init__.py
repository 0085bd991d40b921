"""What follows from what happens to a run: signals, and the rules that need a room beside `decide`."""
