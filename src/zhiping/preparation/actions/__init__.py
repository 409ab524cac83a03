"""Changing what chapter 6 asks for, by noun."""
