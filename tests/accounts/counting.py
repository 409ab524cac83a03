"""A password hasher that counts its calls."""

from typing import ClassVar

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class Counting(PBKDF2PasswordHasher):
    """Quick, and keeps what it hashed."""

    algorithm = "counting"
    iterations = 1
    hashed: ClassVar[list] = []

    def encode(self, password, salt, iterations=None):
        self.hashed.append(password)
        return super().encode(password, salt, iterations)
