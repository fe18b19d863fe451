from __future__ import annotations

import pytest
from sqlalchemy import insert, text

from app.features.cases import queries, worklist
from app.features.cases.model import COUNT_CAP, END_OF_TIME
from app.features.cases.tables import user_task
from app.kernel.errors import Invalid
from tests.support.district import District, statements
from tests.support.drawing import line, user


def test_the_most_urgent_task_comes_first_over_all_queues_page_by_page(district: District) -> None:
    district.deploy(line("due", {"apply": user("applicant", due="=due")}), line("free", {"apply": user("applicant")}))
    dues = ["2026-05-01", "2026-04-01", "2026-06-01"]
    cases = {due: district.start("due", due=f"{due}T00:00:00+08:00") for due in dues}
    undated = district.start("free")
    expected = [cases[due] for due in sorted(dues)] + [undated]
    first = district.views.open_tasks(district.people["xue"], limit=3)
    rest = district.views.open_tasks(district.people["xue"], limit=3, after=first.after)
    assert [task.case_id for task in (*first.tasks, *rest.tasks)] == expected
    assert (len(first.tasks), rest.after) == (3, None)
    with pytest.raises(Invalid):
        district.views.open_tasks(district.people["xue"], after="nonsense")


def test_done_and_started_lists(district: District) -> None:
    district.deploy(line("two", {"apply": user("applicant"), "review": user("data-bureau")}))
    first, second = district.start("two"), district.start("two")
    xue = district.people["xue"]
    tasks = {task.case_id: task.id for task in district.tasks("xue")}
    for case_id in (first, second):
        district.cases.complete_task(xue, tasks[case_id], answers={}, submission={}, submission_key=case_id)
    assert {task.case_id for task in district.views.done_tasks(xue).tasks} == {first, second}
    page = district.views.done_tasks(xue, limit=1)
    assert len(district.views.done_tasks(xue, limit=5, after=page.after).tasks) == 1
    assert [case.id for case in district.views.started_cases(xue).cases] == [second, first]
    assert district.views.started_cases(district.people["xiao"]).cases == ()
    assert district.views.done_tasks(district.people["xiao"]).tasks == ()


def test_lists_are_searched_by_task_and_project(district: District) -> None:
    district.deploy(line("project-lifecycle", {"declare": user("applicant")}))
    district.register("智慧校园")
    district.register("全民健身")
    xue = district.people["xue"]
    assert [task.project_name for task in district.views.open_tasks(xue, text="校园").tasks] == ["智慧校园"]
    assert len(district.views.open_tasks(xue, text="DECLARE").tasks) == 2
    assert district.views.open_tasks(xue, text="没有").tasks == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("declare", {"智慧校园", "全民健身"}),
        ("校园", {"智慧校园"}),
        ("健身 声明", set()),
        ("declare 健身", {"全民健身"}),
        ("健身 DECLARE", {"全民健身"}),
        ("declare 节点", {"智慧校园", "全民健身"}),
        ("健", {"全民健身"}),
        ("教育 校", {"智慧校园"}),
        ("100%", set()),
    ],
)
def test_a_search_finds_every_word_in_the_name_or_the_project(
    district: District, monkeypatch: pytest.MonkeyPatch, text: str, found: set[str]
) -> None:
    district.deploy(line("project-lifecycle", {"declare": user("applicant")}))
    for name in ("智慧校园", "全民健身"):
        district.register(name)
    xue = district.people["xue"]
    claimed = district.tasks("xue")[0]
    for _ in ("free", "claimed"):
        assert {task.project_name for task in district.views.open_tasks(xue, text=text).tasks} == found
        district.cases.claim(xue, claimed.id)
    # Words that mean too much to name it all are looked for in another way, and found all the same.
    monkeypatch.setattr(worklist, "_MOST_STRETCHES", 0)
    monkeypatch.setattr(worklist, "_MOST_PROJECTS", 0)
    assert {task.project_name for task in district.views.open_tasks(xue, text=text).tasks} == found


def test_what_others_have_claimed_is_not_on_the_way(district: District) -> None:
    district.deploy(line("project-lifecycle", {"declare": user("applicant")}))
    for name in ("智慧校园", "全民健身"):
        district.register(name)
    first, second = district.tasks("xue")
    district.cases.claim(district.people["xiao"], first.id)
    assert [task.id for task in district.tasks("xue")] == [second.id]
    assert district.views.counts(district.people["xue"]) == (1, 0)
    district.cases.release(district.people["xiao"], first.id)
    assert district.views.counts(district.people["xue"]) == (2, 0)
    district.cases.claim(district.people["xue"], second.id)
    assert [task.id for task in district.tasks("xue")] == [first.id, second.id]
    assert district.views.counts(district.people["xue"]) == (2, 1)


def test_counts_stop_at_their_cap_and_a_list_is_one_statement(district: District) -> None:
    district.deploy(line("free", {"apply": user("applicant")}))
    case_id = district.start("free")
    task = district.task("xue")
    with district.database.write() as uow:
        row = dict(uow.connection.execute(user_task.select()).mappings().one())
        copies = [{**row, "id": f"{number:032x}", "sort_at": END_OF_TIME} for number in range(COUNT_CAP + 5)]
        uow.connection.execute(insert(user_task), copies)
    assert task.case_id == case_id
    assert district.views.counts(district.people["xue"]) == (COUNT_CAP, 0)
    with statements(district.database) as sent:
        assert len(district.views.open_tasks(district.people["xue"], limit=25).tasks) == 25
    assert len([statement for statement in sent if statement.startswith("SELECT")]) == 1


def test_a_queue_is_read_in_the_order_of_its_index(district: District) -> None:
    page = queries.page([user_task.c.free_in == "applicant@school"], limit=25, after=None)
    compiled = page.compile(district.database.engine, compile_kwargs={"literal_binds": True})
    with district.database.read() as uow:
        if district.database.is_sqlite:
            plan = [row.detail for row in uow.connection.execute(text(f"EXPLAIN QUERY PLAN {compiled}"))]
        else:
            # With hardly a row there, PostgreSQL needs to be told not to read the whole table.
            uow.connection.execute(text("SET LOCAL enable_seqscan = off"))
            uow.connection.execute(text("SET LOCAL enable_bitmapscan = off"))
            plan = list(uow.connection.scalars(text(f"EXPLAIN {compiled}")))
    assert any("ix_user_task_free" in step for step in plan)
    assert not any("TEMP B-TREE" in step or "Sort" in step for step in plan)
