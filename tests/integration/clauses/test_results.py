from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.engine.engine import Engine
from app.engine.expressions import Feel
from app.features.clauses.model import Happened, Result
from app.features.clauses.usecases import ClauseMatrix
from app.features.definitions.usecases import DefinitionLibrary
from app.kernel.clock import FrozenClock
from app.kernel.database import Database
from app.kernel.errors import Missing
from tests.support.diagrams import CLAUSE as DRAWN
from tests.support.diagrams import diagram, end, flow, node, process

CLAUSES = """
- section: 一
  clauses:
  - {id: "1-1", point: 甲, kind: 程序, requires: 要甲, quote: 凡甲。}
  - {id: "1-2", point: 乙, kind: 禁止, requires: 要乙, quote: 禁止乙。}
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "clauses.yaml").write_text(CLAUSES, encoding="utf-8")
    (tmp_path / "readings.yaml").write_text("- {clause: '1-2', reading: 读, reason: 因}\n", encoding="utf-8")
    (tmp_path / "scenarios" / "one.yaml").write_text("{name: 某情形, clauses: ['1-1']}\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def library(database: Database) -> Iterator[DefinitionLibrary]:
    feel = Feel()
    yield DefinitionLibrary(database, Engine(feel))
    feel.close()


def deployed(library: DefinitionLibrary, name: str) -> str:
    carrying = node("startEvent", "begin", name, zeebe=DRAWN.replace("3.2-7", "1-1"))
    return library.deploy(None, [diagram(process(carrying, end(), flow("begin", "end")))]).key


def test_a_result_counts_for_its_bundle_and_its_text_alone(
    database: Database, library: DefinitionLibrary, directory: Path, clock: FrozenClock
) -> None:
    first, second = deployed(library, "始"), deployed(library, "开始")
    matrix = ClauseMatrix(database, library, directory)
    one = matrix.scenario(first, "one")
    assert (one.proof, one.result) == ("never", None)

    lines = (Happened(clock.now(), "登记"), Happened(clock.now(), "结果", ("没有这项任务",)))
    failed = Result(first, "one", one.scenario.digest, passed=False, ran_at=clock.now(), lines=lines)
    matrix.record([failed])
    assert matrix.scenario(first, "one").proof == "failed"
    assert matrix.scenario(first, "one").result == failed
    assert matrix.scenario(second, "one").proof == "outdated"
    assert not matrix.clause(first, "1-1").proven

    clock.advance(timedelta(days=1))
    passed = replace(failed, passed=True, ran_at=clock.now(), lines=lines[:1])
    matrix.record([passed])
    assert matrix.scenario(first, "one").result == passed
    assert matrix.clause(first, "1-1").proven
    assert not matrix.clause(second, "1-1").proven

    matrix.record([replace(passed, bundle_key=second, digest="0" * 64)])
    assert matrix.scenario(second, "one").proof == "outdated"
    assert matrix.scenario(first, "one").proof == "passed"


def test_what_carries_a_clause(database: Database, library: DefinitionLibrary, directory: Path) -> None:
    key = deployed(library, "始")
    matrix = ClauseMatrix(database, library, directory)
    first, second = matrix.matrix(key)
    assert [each.name for each in first.carriers.elements] == ["始"]
    assert (first.carried, second.carried) == (True, False)
    assert [each.reading for each in second.readings] == ["读"]
    assert not second.scenarios
    with pytest.raises(Missing):
        matrix.clause(key, "9-9")
    with pytest.raises(Missing):
        matrix.scenario(key, "two")
