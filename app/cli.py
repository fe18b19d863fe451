"""The command `yicheng`. Each sub-command reads its arguments, calls one use case and prints what came of it."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from getpass import getpass
from pathlib import Path
from typing import Any

from app.features.identity.administration import Administration
from app.kernel.config import Config, ConfigError
from app.kernel.database import UNUSABLE
from app.kernel.errors import Invalid, YichengError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one sub-command; the exit status is 1 when it was refused."""
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], None] = options.run
    try:
        run(options)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    except UNUSABLE as error:
        print(f"数据库不能使用：{str(error.orig).strip()}", file=sys.stderr)
        print(
            "请核对 YICHENG_DATABASE_URL 和 YICHENG_DATA_DIR；新安装或升级后，请先运行 yicheng migrate。",
            file=sys.stderr,
        )
        return 1
    except YichengError as error:
        print(error.message, file=sys.stderr)
        if isinstance(error, Invalid):
            for field, problem in error.fields.items():
                print(f"  {field}: {problem}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="yicheng", description="峄程：区级电子政务项目管理流程")
    commands = parser.add_subparsers(title="命令", required=True, metavar="命令")

    serve = _command(commands, "serve", _serve, "启动网站")
    serve.add_argument("--host", default="127.0.0.1", help="监听地址（默认 127.0.0.1）")
    serve.add_argument("--port", type=int, default=8000, help="端口（默认 8000）")
    serve.add_argument("--processes", type=int, help="进程数（默认：SQLite 1，PostgreSQL 每核 2）")
    serve.add_argument("--threads", type=int, default=8, help="每进程线程数（默认 8）")
    serve.add_argument("--with-worker", action="store_true", help="在同一进程内运行后台任务，不必另行启动 worker")

    _command(commands, "worker", _worker, "运行后台任务：到期定时器、提醒和流程间消息")

    deploy = _command(commands, "deploy", _deploy, "部署流程图、决策表和表单")
    deploy.add_argument("--processes", type=Path, help="流程图和决策表所在目录（默认随产品提供的）")
    deploy.add_argument("--forms", type=Path, help="表单所在目录（默认随产品提供的）")

    scenario = _command(commands, "scenario", _scenario, "运行流程场景，核对细则的各种情形是否按预期办理")
    scenario.add_argument("names", nargs="*", help="场景名（默认全部）")
    scenario.add_argument("--record", action="store_true", help="在现行版本上运行，结果记入系统，显示在“条款对照”中")
    scenario.add_argument("--outstanding", action="store_true", help="与 --record 同用：只运行在现行版本上还没有通过的")

    demo = _command(commands, "demo", _demo, "装入演示数据：单位、人员和处在各阶段的项目")
    demo.add_argument("--year", action="store_true", help="改为从头到尾办理一整年的项目，报告每个项目的结局")

    _command(commands, "migrate", _migrate, "把数据库升级到本版本")

    user = _command(commands, "user", _user, "新建账号，并可授予岗位（用于首次安装）")
    user.add_argument("account", help="账号")
    user.add_argument("name", help="姓名")
    user.add_argument("--organisation", help="单位名称，没有时新建")
    user.add_argument("--role", help="岗位，例如 administrator、security-administrator")
    user.add_argument("--password", action="store_true", help="从终端读取密码；否则生成初始密码")
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], None], help_text: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=help_text, description=help_text)
    parser.set_defaults(run=run)
    return parser


def _serve(options: argparse.Namespace) -> None:
    from app.server import serve

    serve(
        Config.from_environment(),
        address=f"{options.host}:{options.port}",
        processes=options.processes,
        threads=options.threads,
        with_worker=options.with_worker,
    )


def _worker(options: argparse.Namespace) -> None:
    from app.bootstrap import Application
    from app.kernel import logs
    from app.worker.loop import Worker

    logs.configure()
    product = Application(Config.from_environment())
    product.start()
    worker = Worker(product.case_work, others=product.comes_due, tidy=product.tidy)
    for asked_to_stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked_to_stop, lambda *_: worker.stop())
    print("后台任务已启动。", flush=True)
    worker.run()


def _deploy(options: argparse.Namespace) -> None:
    from app.bootstrap import FORMS, PROCESSES, Application

    product = Application(Config.from_environment())
    done = product.definitions.deploy_directories(options.processes or PROCESSES, options.forms or FORMS)
    for warning in done.warnings:
        print(f"提醒：{warning.file} {warning.element_name}：{warning.message}")
    print(f"已部署第 {done.version} 版（{done.key[:8]}）。" if done.new else f"没有变化，仍为第 {done.version} 版。")


def _scenario(options: argparse.Namespace) -> None:
    from app.bootstrap import Application
    from app.scenarios.running import play, report, run_and_record

    if options.record:
        product = Application(Config.from_environment())
        stories = run_and_record(product, options.names, outstanding=options.outstanding)
    else:
        stories = list(play(options.names))
    print(report(stories))
    if any(story.problems for story in stories):
        raise SystemExit(1)


def _demo(options: argparse.Namespace) -> None:
    from app.demo.loading import load, who_can_sign_in
    from app.demo.year import play_year

    def tell(words: str) -> None:
        print(words, flush=True)

    if options.year:
        year = play_year(Config.from_environment(), tell=tell)
        print(year.told())
        if year.problems:
            raise SystemExit(1)
        return
    done = load(Config.from_environment(), tell=tell)
    print("演示数据已装入。" if done.new else "演示数据早已装入，没有改动。")
    print("以下人员可以登录，演示系统不用密码：")
    print(who_can_sign_in(done.accounts))


def _migrate(options: argparse.Namespace) -> None:
    from app.bootstrap import Application
    from app.migrations.schema import upgrade

    product = Application(Config.from_environment())
    upgrade(product.database)
    print("数据库已是最新版本。")


def _user(options: argparse.Namespace) -> None:
    from app.bootstrap import Application

    if bool(options.role) != bool(options.organisation):
        raise Invalid("岗位和单位须同时给出。")
    administration = Application(Config.from_environment()).administration
    password = getpass("密码：") if options.password else None
    made = administration.create_user(None, account=options.account, name=options.name, password=password)
    if options.role:
        org_id = _organisation(administration, options.organisation)
        administration.grant_role(None, made.user_id, org_id=org_id, role=options.role)
    print(f"已新建账号 {options.account}。")
    if password is None:
        print(f"初始密码（首次登录后须修改）：{made.password}")


def _organisation(administration: Administration, name: str) -> str:
    """The id of the organisation of this name, made if there is none."""
    for org in administration.organisations(None):
        if org.name == name:
            return org.id
    return administration.create_organisation(None, name=name, short_name=name, kind="authority")


if __name__ == "__main__":
    sys.exit(main())
