"""One file per format in which bots log."""
