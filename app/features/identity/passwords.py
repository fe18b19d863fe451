"""Hashing of passwords with Argon2id."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.features.identity.model import password_problem

# No 0/O, 1/l/I: initial passwords are read out and typed by hand.
_READABLE = "23456789abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ"
_INITIAL_LENGTH = 14


class Passwords:
    """Makes and checks hashes; `quick` is for tests, whose hashes protect nothing."""

    def __init__(self, *, quick: bool = False) -> None:
        self._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1) if quick else PasswordHasher()
        self._nobodys = self.hash(secrets.token_hex())

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def matches(self, password: str, hashed: str | None) -> bool:
        """Whether the password has this hash. Without one it takes as long, and the answer is no."""
        try:
            return self._hasher.verify(hashed or self._nobodys, password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, hashed: str) -> bool:
        """Whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(hashed)


def initial_password(account: str) -> str:
    """A random password for a new account, one that the person could choose; to be changed at the first sign-in."""
    while True:
        drawn = "".join(secrets.choice(_READABLE) for _ in range(_INITIAL_LENGTH))
        if password_problem(drawn, account) is None:
            return drawn
