"""Common parts of all pages: layout, components, texts, lists, headers, built assets."""
