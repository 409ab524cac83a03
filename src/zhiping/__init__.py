"""Zhiping evaluates quality platforms: rules in `domain`, papers in `documents`, commands in `cli`."""

__version__ = "0.1.0"
