"""The outside world: spiders and page parsers. Imports nothing of ours."""
