"""Mentions in, numbers out. The only writer of the warehouse."""
