"""SpiffWorkflow as it comes, to show what it does where our engine does otherwise."""

from __future__ import annotations

from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.util.task import TaskState

HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="x">'


def flow(source: str, target: str, condition: str = "", *, with_id: bool = True) -> str:
    identity = f'id="{source}-{target}" ' if with_id else ""
    inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow {identity}sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'


def flows(*pairs: str) -> str:
    """`"a b"` is a flow from a to b."""
    return "".join(flow(*pair.split()) for pair in pairs)


def workflow(*parts: str, outside: str = "", **data: Any) -> BpmnWorkflow:
    """A stock workflow of one process `main`, run until it waits."""
    parser = BpmnParser()
    text = f'{HEAD}<process id="main" isExecutable="true">{"".join(parts)}</process>{outside}</definitions>'
    parser.add_bpmn_xml(etree.fromstring(text))
    found = BpmnWorkflow(parser.get_spec("main"), parser.get_subprocess_specs("main"))
    found.task_tree.data.update(data)
    found.do_engine_steps()
    return found


def open_tasks(running: BpmnWorkflow) -> list[str]:
    """The open user tasks, looked up without the library's own, depth-limited walk."""
    return sorted(
        task.task_spec.name
        for task in running.tasks.values()
        if task.state == TaskState.READY and task.task_spec.manual
    )


def complete(running: BpmnWorkflow, name: str, **data: Any) -> None:
    task = next(t for t in running.tasks.values() if t.task_spec.name == name and t.state == TaskState.READY)
    task.data.update(data)
    task.run()
    running.do_engine_steps()
