"""Who may do what in chapter 6, by noun."""
