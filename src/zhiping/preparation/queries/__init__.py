"""What somebody sees of chapter 6, by noun."""
