"""Measures the engine; prints a JSON line a figure: `python -m tests.bench.engine`.

engine.step      one completion on a fresh case (load, complete, prune, save), in milliseconds; the baseline is the
                 bare library doing the same step in memory, without loading or saving anything.
engine.flat      the same at the 5000th step of a case, against the 50th.
engine.state     bytes of the state after 5000 steps, against 50.
engine.compile   all diagrams and decisions of the repository, in milliseconds.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from SpiffWorkflow.util.task import TaskState

from app.engine.engine import Engine
from app.engine.expressions import Feel
from app.engine.model import Definitions, Resource
from tests.support import stock
from tests.support.diagrams import (
    CLAUSE,
    attributes,
    diagram,
    end,
    flow,
    gateway,
    line,
    node,
    process,
    script,
    start,
    user,
)

NOW = datetime(2027, 3, 1, tzinfo=UTC)
LATER_TASKS = 25
DATA: dict[str, Any] = {
    **{f"field_{i}": f"value of the field number {i}" for i in range(30)},
    "files": [{"id": i, "name": f"document {i}.pdf"} for i in range(5)],
    "n": 0,
    "finished": False,
}


def our_model() -> Resource:
    """Fill in, then a call activity (script, task, script), then back; and a tail of tasks never reached."""
    tail = [f"later{i}" for i in range(LATER_TASKS)]
    called = f"<zeebe:calledElement{attributes(process_id='inner')}/>"
    main = process(
        start(),
        gateway("merge", name=None),
        user("fill"),
        node("callActivity", "call", "调用", zeebe=CLAUSE + called),
        gateway("x", default="x-merge"),
        *(user(each) for each in tail),
        end(),
        line("start", "merge", "fill", "call", "x", "merge"),
        flow("x", tail[0], "=finished"),
        line(*tail, "end"),
    )
    inner = process(
        start("qs"),
        script("q1", "=n + 1", "n"),
        user("qu"),
        script("q2", "=n * 2", "m"),
        end("qe"),
        line("qs", "q1", "qu", "q2", "qe"),
        id_="inner",
        name="内层",
    )
    return diagram(main, inner)


def stock_model() -> bytes:
    """The same for the library, in its own terms."""
    tail = [f"later{i}" for i in range(LATER_TASKS)]
    return (
        stock.HEAD
        + '<process id="main" isExecutable="true"><startEvent id="s"/><exclusiveGateway id="merge"/>'
        + '<userTask id="fill"/><callActivity id="call" calledElement="inner"/>'
        + '<exclusiveGateway id="x" default="x-merge"/><endEvent id="e"/>'
        + "".join(f'<userTask id="{each}"/>' for each in tail)
        + stock.flows("s merge", "merge fill", "fill call", "call x", "x merge")
        + stock.flow("x", tail[0], "finished")
        + stock.flows(*(f"{one} {two}" for one, two in zip(tail, [*tail[1:], "e"], strict=True)))
        + '</process><process id="inner" isExecutable="true"><startEvent id="qs"/>'
        + '<scriptTask id="q1"><script>n = n + 1</script></scriptTask><userTask id="qu"/>'
        + '<scriptTask id="q2"><script>m = n * 2</script></scriptTask><endEvent id="qe"/>'
        + stock.flows("qs q1", "q1 qu", "qu q2", "q2 qe")
        + "</process></definitions>"
    ).encode()


def milliseconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


class Case:
    """Our engine: one completion is load, complete, prune and save."""

    def __init__(self, engine: Engine, definitions: Definitions) -> None:
        self._engine, self._definitions = engine, definitions
        instance = engine.start(definitions, "main", variables=DATA, now=NOW, services=lambda call: {})
        self.step = instance.save()

    def complete(self) -> None:
        task_id = self.step.user_tasks[0].task_id
        instance = self._engine.load(self._definitions, self.step.state, now=NOW, services=lambda call: {})
        instance.complete(task_id, {"comment": f"comment {len(task_id)}"})
        self.step = instance.save()


class BareCase:
    """The library alone, in memory."""

    def __init__(self) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(stock_model()))
        engine = PythonScriptEngine()
        spec, parts = parser.get_spec("main"), parser.get_subprocess_specs("main")
        self._workflow = BpmnWorkflow(spec, parts, script_engine=engine)
        self._workflow.task_tree.data.update(DATA)
        self._workflow.do_engine_steps()

    def complete(self) -> None:
        task = self._workflow.get_next_task(state=TaskState.READY, manual=True)
        task.set_data(comment="comment 32")
        task.run()
        self._workflow.do_engine_steps()


def fresh(make: Callable[[], Case | BareCase], cases: int = 40, steps: int = 6) -> float:
    """The median of the first completions of fresh cases."""
    times = []
    for _ in range(cases):
        case = make()
        times.extend(milliseconds(case.complete) for _ in range(steps))
    return statistics.median(times)


def figures(engine: Engine) -> Iterator[dict[str, Any]]:
    definitions = engine.compile([our_model()])
    gc.collect()
    ours, bare = fresh(lambda: Case(engine, definitions)), fresh(BareCase)
    yield figure("engine.step", ours, "ms", bare)

    case = Case(engine, definitions)
    times, sizes = [], []
    for _ in range(5050):
        times.append(milliseconds(case.complete))
        sizes.append(len(case.step.state))
    early, late = statistics.median(times[20:80]), statistics.median(times[4950:5050])
    yield figure("engine.flat", late, "ms", early)
    yield figure("engine.state", sizes[4999], "bytes", sizes[49])

    files = [Resource(str(path), path.read_bytes()) for path in Path("processes").rglob("*.*mn")]
    if files:
        times = [milliseconds(lambda: engine.compile(files)) for _ in range(3)]
        yield figure("engine.compile", min(times), "ms", None)


def figure(name: str, value: float, unit: str, baseline: float | None) -> dict[str, Any]:
    line = {"name": name, "value": round(value, 3), "unit": unit}
    if baseline is not None:
        line |= {"baseline": round(baseline, 3), "ratio": round(value / baseline, 2)}
    return line


def main() -> None:
    feel = Feel()
    for measured in figures(Engine(feel)):
        print(json.dumps(measured), flush=True)  # noqa: T201 - the figures are the output
    feel.close()


if __name__ == "__main__":
    main()
