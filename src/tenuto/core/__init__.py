"""The vocabulary: frozen nouns and contracts, pure, without input or output."""
