"""What is typed in chapter 6, by noun."""
