"""Example data: the sample town."""
