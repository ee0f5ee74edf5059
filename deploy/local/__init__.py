"""The embedded stack of one machine and its supervisor."""
