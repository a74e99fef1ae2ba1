"""Neural classifiers of claims and tokens: checkpoints, prompts, windows."""
