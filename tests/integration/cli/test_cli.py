from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from app.bootstrap import Application
from app.cli import main
from app.kernel.config import Config

SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A blank installation on SQLite."""
    variables = {
        "YICHENG_DATA_DIR": str(tmp_path),
        "YICHENG_SECRET_KEY": SECRET,
        "YICHENG_DATABASE_URL": f"sqlite:///{tmp_path / 'yicheng.db'}",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    for name in ("YICHENG_DEMO", "YICHENG_HTTPS", "YICHENG_PROXIES"):
        monkeypatch.delenv(name, raising=False)
    return variables


def test_a_first_installation(environment: dict[str, str], capsys: pytest.CaptureFixture[str]):
    assert main(["migrate"]) == 0
    assert main(["migrate"]) == 0
    grant = ["--organisation", "区大数据局", "--role"]
    assert main(["user", "system", "系统管理员", *grant, "administrator"]) == 0
    assert main(["user", "security", "安全管理员", *grant, "security-administrator"]) == 0
    said = capsys.readouterr().out
    password = said.split("初始密码（首次登录后须修改）：")[1].split()[0]

    product = Application(Config.from_environment())
    session = product.sign_in.authenticate("system", password, "127.0.0.1")
    assert session.must_change_password
    assert session.identity.roles == {"administrator"}
    assert len(product.administration.organisations(None)) == 1
    product.close()


def test_a_refusal_is_said_and_ends_with_1(environment: dict[str, str], capsys, monkeypatch):
    main(["migrate"])
    assert main(["user", "Li Hua", "李华"]) == 1
    assert "账号须以小写字母开头" in capsys.readouterr().err
    assert main(["user", "lihua", "李华", "--role", "administrator"]) == 1
    assert "同时给出" in capsys.readouterr().err
    monkeypatch.setenv("YICHENG_SECRET_KEY", "short")
    assert main(["migrate"]) == 1
    assert "YICHENG_SECRET_KEY" in capsys.readouterr().err


def test_a_database_that_cannot_be_used_is_said(environment: dict[str, str], capsys, monkeypatch):
    assert main(["deploy"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("数据库不能使用：no such table")
    assert "请先运行 yicheng migrate" in said
    monkeypatch.setenv("YICHENG_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    assert main(["migrate"]) == 1
    assert capsys.readouterr().err.startswith("数据库不能使用：connection failed")


def test_a_year_is_played_only_in_an_empty_demonstration(environment: dict[str, str], capsys, monkeypatch):
    main(["migrate"])
    assert main(["demo", "--year"]) == 1
    assert "请设置 YICHENG_DEMO=1" in capsys.readouterr().err
    main(["user", "system", "系统管理员", "--organisation", "区大数据局", "--role", "administrator"])
    monkeypatch.setenv("YICHENG_DEMO", "1")
    capsys.readouterr()
    assert main(["demo", "--year"]) == 1
    assert capsys.readouterr() == (
        "",
        "数据库中已有别的数据，或者上次装入没有完成；演示数据只装入空的系统，请换一个空的数据库或数据目录。\n",
    )


def test_the_supplied_definitions_are_deployed_once(environment: dict[str, str], capsys):
    main(["migrate"])
    assert main(["deploy"]) == 0
    assert "已部署第 1 版" in capsys.readouterr().out
    assert main(["deploy"]) == 0
    assert "没有变化，仍为第 1 版" in capsys.readouterr().out


def test_a_faulty_bundle_is_refused_with_its_faults(environment: dict[str, str], tmp_path: Path, capsys):
    main(["migrate"])
    (tmp_path / "faulty").mkdir()
    (tmp_path / "faulty" / "one.bpmn").write_text("<not-bpmn/>")
    (tmp_path / "forms").mkdir()
    assert main(["deploy", "--processes", str(tmp_path / "faulty"), "--forms", str(tmp_path / "forms")]) == 1
    assert "one.bpmn" in capsys.readouterr().err


def test_serving_with_the_worker_inside(environment: dict[str, str]):
    main(["migrate"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app.cli", "serve", "--with-worker", "--port", str(port)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert '"status":"ok"' in _answer(f"http://127.0.0.1:{port}/health")
        assert "峄程" in _answer(f"http://127.0.0.1:{port}/login")
    finally:
        server.send_signal(signal.SIGTERM)
        said = server.communicate(timeout=20)[1]
    assert server.returncode == 0, said
    assert '"route": "/login"' in said


def test_the_worker_stops_when_asked(environment: dict[str, str]):
    main(["migrate"])
    command = [sys.executable, "-m", "app.cli", "worker"]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert worker.stdout.readline() == "后台任务已启动。\n"
    worker.send_signal(signal.SIGTERM)
    said = worker.communicate(timeout=20)[1]
    assert (worker.returncode, said) == (0, "")


def _answer(address: str) -> str:
    """What the server answers, once it has started."""
    for _ in range(100):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(address)
