"""Finding measures and enterprises by meaning and words, inside a mask; knows nothing of HTTP or SQL."""
