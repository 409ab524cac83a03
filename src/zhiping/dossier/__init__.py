"""The pages of one platform, expert, programme and evaluation, read from every stage."""
