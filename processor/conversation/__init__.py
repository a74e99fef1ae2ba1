"""Conversations: turns in, outcomes out; a pure state machine, and the stage that keeps it."""
