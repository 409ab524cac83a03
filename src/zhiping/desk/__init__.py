"""Each role's first page: what waits for me. Reads only, no tables."""
