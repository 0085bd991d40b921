"""The language of expressions: templates, references, native paths, and JSON schemas."""
