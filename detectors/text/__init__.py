"""Text taken apart: sentences, words, quantities, statements."""
