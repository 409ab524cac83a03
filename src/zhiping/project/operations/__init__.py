"""How the system runs: what the worker does and failed at, what the clock does, what is installed.

It stands with the project because only here everything is known: every app's jobs, the clock, the settings.
"""
