"""The story of `make demo`: told from outside, checked against a key written before it began."""
