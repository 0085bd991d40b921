"""What people are asked, and how they and what they wait for are heard."""
