"""What is kept beside the drafts of workflows."""
