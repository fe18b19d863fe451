"""The demonstration: a district in which projects of every stage are under way."""
