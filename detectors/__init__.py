"""Pure detectors: an interaction in, signals out."""
