"""Exact numbers: conversion to text and sums without rounding."""

from collections.abc import Iterable
from fractions import Fraction
from typing import NewType

Number = NewType("Number", str)  # an exact number as text: "89.5" or "268/3"; `Fraction(number)` reads both


def number_text(value: Fraction) -> Number:
    """Write an exact number: as a decimal where it has one ("89.5"), else as "a/b" in lowest terms."""
    if value.denominator == 1:
        return Number(str(value.numerator))
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return Number(f"{value.numerator}/{value.denominator}")
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return Number(f"{sign}{digits[:-places]}.{digits[-places:]}")


def total(values: Iterable[Fraction]) -> Fraction:
    """Sum exact numbers; adds whole ones as integers, because nearly all marks are whole."""
    whole, rest = 0, Fraction(0)
    for value in values:
        if value.denominator == 1:
            whole += value.numerator
        else:
            rest += value
    return rest + whole
