"""Documents on their way into the catalogue: drafted, revised, imported, published, withdrawn."""
