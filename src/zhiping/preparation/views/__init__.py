"""Pages of chapter 6, by noun."""
