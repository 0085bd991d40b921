"""What comes to a run from outside its process: mail, calls of its addresses, events."""
