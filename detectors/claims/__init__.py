"""The claims of an answer against its evidence: what is new, what is covered, how likely."""
