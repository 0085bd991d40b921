"""The web app as it is served: its pages, and the files it is built into."""
