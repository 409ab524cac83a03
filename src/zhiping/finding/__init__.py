"""Search over everything a person may see, with an index of its own."""
