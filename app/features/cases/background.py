"""What cases do by themselves: timers, jobs, messages and reminders. Each verb does one thing in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy.exc import OperationalError

from app.engine.model import MessageStart, OutMessage
from app.features.audit.model import AUTOMATIC, Act
from app.features.cases import beside, due, leftovers, notices, recounting, reminding, store
from app.features.cases.context import CaseContext
from app.features.cases.model import BY_SYSTEM, Task
from app.features.cases.step import CaseStep, Tools
from app.features.cases.store import Signature
from app.features.jobs import store as jobs
from app.features.jobs.model import Job
from app.features.projects import store as projects
from app.features.projects.model import Project
from app.kernel.database import Database, UnitOfWork
from app.kernel.errors import Busy, YichengError
from services.reminders import Rhythm

log = logging.getLogger(__name__)

JobHandler = Callable[[UnitOfWork, Job, CaseContext], Mapping[str, Any]]
"""Does an external task and returns its result variables, in the transaction that lets the case go on."""

HANDLERS: Mapping[str, JobHandler] = MappingProxyType({"notify": notices.notify})
_SYSTEM = Signature(BY_SYSTEM)
_NOTICE_PAUSE: Final = timedelta(hours=1)
_ENDING_PAUSE: Final = timedelta(hours=1)


class CaseWork:
    """The worker's use cases. Every verb returns whether there was anything to do; any number of workers may run."""

    def __init__(self, database: Database, tools: Tools, *, handlers: Mapping[str, JobHandler] = HANDLERS) -> None:
        self._database = database
        self._tools = tools
        self._handlers = handlers
        self._unended: dict[str, datetime] = {}

    def fire_timers_of_one_case(self) -> bool:
        """Fire what is due in the case that has waited longest: once, however long nobody looked."""
        if not self._any(due.has_timer):
            return False
        with self._database.write() as uow:
            case_id = due.case_with_due_timer(uow)
            if case_id is None:
                return False
            with _apart(uow, f"the timers of case {case_id}"):
                _fired(CaseStep.of_case(self._tools, uow, case_id))
            # What is due still has not fired: it rests, so that the worker does not turn in circles.
            due.rest_timers(uow, case_id)
        return True

    def do_one_job(self) -> bool:
        """Do the job that has been due longest; a failure is tried again later, and in the end becomes an incident."""
        if not self._any(jobs.has_due):
            return False
        with self._database.write() as uow:
            job = jobs.lease_due(uow)
        if job is None:
            return False
        try:
            self._do(job)
        except Busy:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is the incident's cause
            self._failed(job, _words(error))
        return True

    def deliver_one_message(self) -> bool:
        """Deliver the oldest message that a case waits for, or that starts one; exactly once."""
        with self._database.read() as uow:
            letter = due.letter_for_waiting_case(uow)
        if letter is None or letter.case_id is None:
            return self._start_by_message()
        with self._database.write() as uow:
            if due.take_letter(uow, letter):
                with _apart(uow, f"the delivery of message {letter.id}"):
                    self._deliver(uow, letter, letter.case_id)
        return True

    def give_one_notice(self) -> bool:
        """Remind the people of one task whose reminder or deadline has come, once for each."""
        if not self._any(due.has_notice):
            return False
        with self._database.write() as uow:
            task = due.task_to_notice(uow)
            if task is None:
                return False
            due.set_notice(uow, task, next_notice=uow.now + _NOTICE_PAUSE)
            with _apart(uow, f"the reminder of task {task.id}"):
                project = projects.by_id(uow, task.project_id) if task.project_id else None
                rhythm = self._rhythm(uow, task, project)
                notices.remind(uow, task, project=project, rhythm=rhythm)
                later = rhythm.next_notice(task.due_at, now=uow.now, also=[task.remind_at])
                due.set_notice(uow, task, next_notice=later)
        return True

    def _rhythm(self, uow: UnitOfWork, task: Task, project: Project | None) -> Rhythm:
        known = store.by_id(uow, task.case_id)
        if known is None:
            return Rhythm()
        definitions = self._tools.bundles.compiled_in(uow, known[0].bundle_key)
        where = {"process_id": task.process_id, "element_id": task.element_id}
        return reminding.rhythm(self._tools.engine, definitions, **where, project=project, now=uow.now)

    def end_one_case_of_terminated_project(self) -> bool:
        """End what still goes on beside the life cycle of a project that was terminated (3.3-11).

        What may begin after the end of a project goes on, such as the return of its cloud resources (附5-8).
        """
        if not self._any(lambda uow: due.has_case_of_terminated_project(uow, **self._not_to_end(uow))):
            return False
        with self._database.write() as uow:
            case_id = due.case_of_terminated_project(uow, **self._not_to_end(uow))
            if case_id is None:
                return False
            self._unended[case_id] = uow.now + _ENDING_PAUSE
            with _apart(uow, f"the ending of case {case_id}"):
                step = CaseStep.of_case(self._tools, uow, case_id)
                step.instance.cancel()
                step.save(Act(AUTOMATIC, "cancel-case", f"case:{case_id}", {"why": "项目终止"}), _SYSTEM)
        return True

    def _not_to_end(self, uow: UnitOfWork) -> dict[str, Collection[str]]:
        current = self._tools.bundles.current_if_any(uow)
        offers = beside.offers(self._tools.bundles.compiled_in(uow, current)) if current else ()
        outliving = [offer.process_id for offer in offers if "terminated" in offer.ended]
        return {"except_for": self._resting(uow.now), "outliving": outliving}

    def _resting(self, now: datetime) -> list[str]:
        """The cases that this worker could not end a short while ago; another one tries for itself."""
        self._unended = {case_id: until for case_id, until in self._unended.items() if until > now}
        return list(self._unended)

    def recount_one_case(self) -> bool:
        """Count the provisional deadlines of one case again, if the working calendar was published since."""
        with self._database.read() as uow:
            calendar = self._tools.calendar(uow)
            if recounting.case_to_recount(uow, calendar.edition) is None:
                return False
        with self._database.write() as uow:
            calendar = self._tools.calendar(uow)
            case_id = recounting.case_to_recount(uow, calendar.edition)
            if case_id is None:
                return False
            done = False
            with _apart(uow, f"the recount of the deadlines of case {case_id}"):
                step = self._up_to_date(uow, case_id)
                # Another worker may have been quicker, and a timer may have ended what was provisional.
                if step.case.counted_under not in {None, calendar.edition}:
                    recounting.recount(uow, step, year=max(calendar.published))
                done = True
            if not done:
                recounting.give_up(uow, case_id, calendar.edition)
        return True

    def sweep_drafts(self) -> int:
        """Remove drafts that nobody can submit any more; returns how many."""
        with self._database.write() as uow:
            return leftovers.sweep(uow)

    def expire_messages(self) -> int:
        """Give up messages that nobody has waited for in time; returns how many."""
        if not self._any(due.has_late_letter):
            return 0
        with self._database.write() as uow:
            return due.expire_letters(uow)

    def receive(self, name: str, *, correlation_key: str, variables: Mapping[str, Any]) -> None:
        """Take a message from outside: it goes to the case that waits for it, now or within its time to live."""
        with self._database.write() as uow:
            store.send(uow, [OutMessage(name, correlation_key, variables)], source_case_id=None)

    def _do(self, job: Job) -> None:
        with self._database.write() as uow:
            step = self._up_to_date(uow, job.case_id)
            # Another worker took over when the lease ran out, or the case no longer wants it.
            if not jobs.held(uow, job_id=job.id, lease=job.lease or ""):
                return
            if job.type not in self._handlers:
                raise ValueError(f"没有办理“{job.type}”的后台程序。")
            variables = self._handlers[job.type](uow, job, step.context)
            step.instance.complete_job(job.task_id, variables)
            step.save(Act(AUTOMATIC, "complete-job", f"job:{job.id}", {"type": job.type}), _SYSTEM)

    def _failed(self, job: Job, cause: str) -> None:
        log.warning("job %s failed: %s", job.id, cause)
        with self._database.write() as uow:
            step = CaseStep.of_case(self._tools, uow, job.case_id)
            if not jobs.held(uow, job_id=job.id, lease=job.lease or ""):
                return
            if not job.exhausted:
                jobs.postpone(uow, job, error=cause)
                return
            step.instance.fail_job(job.task_id, cause)
            step.save(Act(AUTOMATIC, "fail-job", f"job:{job.id}", {"type": job.type, "error": cause}), _SYSTEM)

    def _deliver(self, uow: UnitOfWork, letter: due.Letter, case_id: str) -> None:
        step = self._up_to_date(uow, case_id)
        # Somebody else may have given the case what it waited for, or its deadline has come first.
        if step.instance.deliver(letter.name, letter.correlation_key, letter.variables):
            step.save(Act(AUTOMATIC, "deliver-message", f"message:{letter.id}", {"name": letter.name}), _SYSTEM)
            due.mark_delivered(uow, letter, case_id=case_id)

    def _up_to_date(self, uow: UnitOfWork, case_id: str) -> CaseStep:
        """A case, locked, to which everything has happened that should have happened before this moment."""
        step = CaseStep.of_case(self._tools, uow, case_id)
        return CaseStep.of_case(self._tools, uow, case_id) if _fired(step) else step

    def _any(self, is_due: Callable[[UnitOfWork], bool]) -> bool:
        """Look before locking: an idle worker must not stand in the way of people."""
        with self._database.read() as uow:
            return is_due(uow)

    def _starts(self, uow: UnitOfWork) -> dict[str, MessageStart]:
        current = self._tools.bundles.current_if_any(uow)
        if current is None:
            return {}
        return {each.message: each for each in self._tools.bundles.compiled_in(uow, current).message_starts}

    def _start_by_message(self) -> bool:
        if not self._any(lambda uow: due.has_letter(uow, self._starts(uow).keys())):
            return False
        with self._database.write() as uow:
            starts = self._starts(uow)
            letter = due.letter_for_start(uow, starts.keys())
            if letter is None:
                return False
            if due.take_letter(uow, letter):
                with _apart(uow, f"the start of a case by message {letter.id}"):
                    self._start(uow, letter, starts[letter.name])
        return True

    def _start(self, uow: UnitOfWork, letter: due.Letter, start: MessageStart) -> None:
        """Begin a case by a message; where its key is the code of a project, it stands beside that project."""
        project = projects.of_code(uow, letter.correlation_key)
        known = beside.project_variables(project) if project else {}
        step = CaseStep.starting(
            self._tools,
            uow,
            process_id=start.process_id,
            variables={**known, **letter.variables},
            by=BY_SYSTEM,
            business_key=letter.correlation_key,
            project=project,
            start_event=start.element_id,
        )
        step.save(Act(AUTOMATIC, "start-case", f"case:{step.case.id}", {"message": letter.name}), _SYSTEM)
        due.mark_delivered(uow, letter, case_id=step.case.id)


def _fired(step: CaseStep) -> bool:
    """Fire the timers of a case that are due, and write it down; whether there were any."""
    fired = step.fire_due_timers()
    if fired:
        step.save(Act(AUTOMATIC, "fire-timers", f"case:{step.case.id}"), _SYSTEM)
    return fired


@contextmanager
def _apart(uow: UnitOfWork, what: str) -> Iterator[None]:
    """Undo what fails for a reason of its own and go on: everything behind it must have its turn.

    The caller lets it rest. Contention with others is passed on, and all of the unit is tried again.
    """
    try:
        with uow.part():
            yield
    except OperationalError:
        raise
    except Exception:
        log.exception("%s failed", what)


def _words(error: Exception) -> str:
    if isinstance(error, YichengError):
        return error.message
    return f"{type(error).__name__}：{error}"
