"""Labels of the signal ``intent`` that are no names of intents."""

OUT_OF_SCOPE = "out_of_scope"
UNVERIFIABLE = "unverifiable"
UNSCORED = "unscored"
