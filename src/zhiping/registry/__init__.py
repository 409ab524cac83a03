"""Chapters 3 and 6.1: platforms, their sites, what restarts an evaluation and when one is due."""
