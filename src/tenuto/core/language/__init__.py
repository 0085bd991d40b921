"""The workflow language: expressions, documents, their translation from older shapes, and validation."""
