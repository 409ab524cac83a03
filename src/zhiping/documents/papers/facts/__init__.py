"""Facts of an evaluation as texts, under the names templates use."""
