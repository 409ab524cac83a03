"""Zhiping evaluates quality platforms: rules in `domain`, papers in `documents`, commands in `cli`."""
