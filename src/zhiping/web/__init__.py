"""What every page shares: layout, components, texts, lists, headers, built assets."""
