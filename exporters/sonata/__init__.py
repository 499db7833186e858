"""Networks as SONATA files."""
