"""Intents by exemplars, and what a turn of a conversation says of whether it helped."""
