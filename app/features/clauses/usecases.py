"""The clause matrix: every clause with what carries it and what proves it, for one deployed bundle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from app.features.clauses import files, store
from app.features.clauses.carriers import carriers
from app.features.clauses.model import Carriers, Clause, Coverage, Proof, Proven, Reading, Result, Scenario
from app.features.definitions.usecases import DefinitionLibrary
from app.kernel.database import Database
from app.kernel.errors import Missing


class ClauseMatrix:
    """The clauses and the scenarios are those of the folder; they are read once in the life of the process."""

    def __init__(self, database: Database, library: DefinitionLibrary, directory: Path) -> None:
        self._database = database
        self._library = library
        self._directory = directory
        self._carriers: dict[str, Mapping[str, Carriers]] = {}

    @cached_property
    def clauses(self) -> Mapping[str, Clause]:
        """All clauses by id, in the order of the regulation."""
        return {clause.id: clause for clause in files.read_clauses(self._directory)}

    @cached_property
    def readings(self) -> Sequence[Reading]:
        return files.read_readings(self._directory)

    @cached_property
    def _scenarios(self) -> Mapping[str, Scenario]:
        return {scenario.id: scenario for scenario in files.read_scenarios(self._directory)}

    def matrix(self, key: str) -> list[Coverage]:
        """Every clause, in the order of the regulation. Raises Missing for a bundle that is not deployed."""
        carried = self.carriers(key)
        proofs: defaultdict[str, list[Proven]] = defaultdict(list)
        for proven in self.scenarios(key):
            for clause in proven.scenario.clauses:
                proofs[clause].append(proven)
        readings: defaultdict[str, list[Reading]] = defaultdict(list)
        for reading in self.readings:
            readings[reading.clause].append(reading)
        return [
            Coverage(clause, carried.get(clause.id, Carriers()), proofs[clause.id], readings[clause.id])
            for clause in self.clauses.values()
        ]

    def clause(self, key: str, clause_id: str) -> Coverage:
        """One row of the matrix. Raises Missing."""
        if clause_id not in self.clauses:
            raise Missing(f"实施细则没有条款 {clause_id}。")
        return next(row for row in self.matrix(key) if row.clause.id == clause_id)

    def carriers(self, key: str) -> Mapping[str, Carriers]:
        """What carries each clause; a bundle never changes, so it is worked out once."""
        if key not in self._carriers:
            library = self._library
            definitions = library.compiled(key)
            self._carriers[key] = carriers(definitions, library.decisions(key).values(), library.forms(key))
        return self._carriers[key]

    def scenarios(self, key: str) -> list[Proven]:
        """Every scenario with what is known of it on this bundle."""
        with self._database.read() as uow:
            known = store.results(uow)
        latest = {result.scenario_id: result for result in known}
        latest |= {result.scenario_id: result for result in known if result.bundle_key == key}
        return [_proven(each, latest.get(each.id), key) for each in self._scenarios.values()]

    def scenario(self, key: str, scenario_id: str) -> Proven:
        """A scenario with its result, the story as it was played included. Raises Missing."""
        found = next((each for each in self.scenarios(key) if each.scenario.id == scenario_id), None)
        if found is None:
            raise Missing("没有这个场景。")
        if found.result is None:
            return found
        with self._database.read() as uow:
            lines = store.story(uow, bundle_key=found.result.bundle_key, scenario_id=scenario_id)
        return replace(found, result=replace(found.result, lines=tuple(lines)))

    def record(self, results: Iterable[Result]) -> None:
        """Keep what came out of scenarios, each in the place of the result before it on the same bundle."""
        with self._database.write() as uow:
            for result in results:
                store.keep(uow, result)


def _proven(scenario: Scenario, result: Result | None, key: str) -> Proven:
    if result is None:
        return Proven(scenario, "never")
    fits = result.bundle_key == key and result.digest == scenario.digest
    proof: Proof = "outdated" if not fits else "passed" if result.passed else "failed"
    return Proven(scenario, proof, result)
