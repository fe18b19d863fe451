"""Scenarios: the regulation's own test cases, told in YAML and played through the use cases of the pages."""
