"""The command `floe-ingest`: it reads a declaration of sources, and shows what the plugin answers."""
