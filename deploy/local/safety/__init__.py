"""Copies of all that is kept, and a stack made again from them."""
