"""What concerns people: who they are, and which runs wait for them or for what they do."""
