from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLES_OF = "from app.kernel.schema import metadata; print(*sorted(metadata.tables), sep='\\n')"


def tables_after(imports: str) -> list[str]:
    """The tables that a fresh interpreter knows after these imports."""
    run = subprocess.run(
        [sys.executable, "-c", f"{imports}; {TABLES_OF}"], check=True, cwd=ROOT, capture_output=True, text=True
    )
    return run.stdout.split()


def test_the_application_knows_every_table():
    everything = tables_after("from tests.support.tables import import_all_stores; import_all_stores()")
    assert tables_after("import app.bootstrap") == everything


def test_no_commit_below_a_use_case():
    """Only the database's own unit of work commits; migrations have Alembic's."""
    sources = [path for path in (ROOT / "app").rglob("*.py") if "node_modules" not in path.parts]
    assert [path for path in sources if ".commit()" in path.read_text()] == []


def test_no_module_is_long():
    # Migrations grow with the tables, and are never read again.
    modules = [path for folder in ("app", "services") for path in (ROOT / folder).rglob("*.py")]
    ours = [path for path in modules if not {"node_modules", "versions"} & set(path.parts)]
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in ours}
    assert {name: lines for name, lines in long.items() if lines > 550} == {}
