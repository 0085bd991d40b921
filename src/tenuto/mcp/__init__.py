"""The workflows and the catalog's actions as tools of the Model Context Protocol."""
