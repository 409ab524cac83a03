"""Views of the pages of one platform, expert, programme and evaluation."""
