"""Applications that act for members over MCP: what they find, where they ask, and how members look after what they allowed."""
