"""Patterns that form authors write, matched in linear time, so that no answer can hold up the server."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import re2

MAX_PATTERN = 500

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.never_nl = False


class PatternInvalid(ValueError):
    """The pattern cannot be used; the message is Chinese."""


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Any:
    """Raises `PatternInvalid`, also for look-around and back-references, which cannot be matched in linear time."""
    if len(pattern) > MAX_PATTERN:
        raise PatternInvalid(f"格式（pattern）最长 {MAX_PATTERN} 个字符")
    try:
        return re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        raise PatternInvalid(
            f"格式（pattern）{pattern} 不能用：请检查写法，不要用环视（?=）和反向引用（\\1）"
        ) from error


def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text, which is what browsers and form-js do; use ^ and $ for the whole."""
    return compile_pattern(pattern).search(text) is not None
