"""One file a source family: a spider (where to go) and its parsers (bytes to mentions, no network)."""
