"""The demo: made-up traffic of a support bot through the whole line."""
