"""The panel on the projector: one page, read-only, that follows what happens."""
