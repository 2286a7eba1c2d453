"""Text in, readings out. Knows no brand and no database. Imports nothing of ours."""
