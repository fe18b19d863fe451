"""A case that waits for one form with a bit of everything, and the clerks who fill it in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.bootstrap import Application
from app.engine.model import Resource
from app.features.cases import access
from app.features.identity import store as identity_store
from app.features.identity.model import Organisation
from tests.support.drawing import drawing, end, start, user

PASSWORD = "correct horse 9"
SCHEMA: dict[str, Any] = {
    "id": "declare",
    "components": [
        {"type": "text", "text": "# 申报说明\n\n请如实填写 **{{project_name}}** 的情况。\n\n- 一\n- 二"},
        {
            "type": "group",
            "label": "基本情况",
            "components": [
                {
                    "type": "textfield",
                    "key": "title",
                    "label": "项目名称",
                    "description": "与立项文件一致",
                    "validate": {"required": True, "maxLength": 20},
                    "layout": {"row": "r1", "columns": 10},
                },
                {
                    "type": "number",
                    "key": "estimate",
                    "label": "投资概算",
                    "decimalDigits": 2,
                    "validate": {"required": True, "min": 0},
                    "appearance": {"suffixAdorner": "万元"},
                    "layout": {"row": "r1", "columns": 6},
                },
                {
                    "type": "radio",
                    "key": "special",
                    "label": "是否有特殊情况",
                    "values": [{"label": "有", "value": "yes"}, {"label": "没有", "value": "no"}],
                    "validate": {"required": True},
                },
                {
                    "type": "textarea",
                    "key": "reason",
                    "label": "特殊情况说明",
                    "conditional": {"hide": '=special != "yes"'},
                    "validate": {"required": True, "maxLength": 250},
                },
                {"type": "datetime", "subtype": "date", "key": "start", "dateLabel": "开工日期"},
                {"type": "textfield", "key": "project_name", "label": "所属项目", "readonly": True},
            ],
        },
        {
            "type": "dynamiclist",
            "path": "items",
            "label": "设备明细",
            "defaultRepetitions": 1,
            "properties": {"maxRows": "20"},
            "components": [
                {"type": "textfield", "key": "name", "label": "名称", "validate": {"required": True}},
                {
                    "type": "number",
                    "key": "price",
                    "label": "价格",
                    "appearance": {"suffixAdorner": "万元"},
                    "validate": {"required": True},
                },
                {
                    "type": "expression",
                    "key": "double",
                    "expression": "=this.price * 2",
                    "properties": {"label": "两年合计"},
                },
            ],
        },
        {
            "type": "dynamiclist",
            "path": "exceptions",
            "label": "特殊情况清单",
            "defaultRepetitions": 1,
            "conditional": {"hide": '=special != "yes"'},
            "components": [{"type": "textfield", "key": "what", "label": "事项"}],
        },
        {
            "type": "expression",
            "key": "total",
            "expression": "=sum(items.price)",
            "properties": {"label": "合计", "suffix": "万元"},
        },
        {
            "type": "filepicker",
            "key": "plans",
            "label": "建设方案",
            "accept": ".pdf,.docx",
            "multiple": True,
            "validate": {"required": True},
        },
        {
            "type": "table",
            "label": "历年项目",
            "dataSource": "=history",
            "columns": [{"key": "name", "label": "名称"}, {"key": "amount", "label": "金额"}],
        },
        {"type": "button", "action": "submit", "label": "报送"},
    ],
}
VARIABLES = {"project_name": "智慧<档案馆>", "history": [{"name": "旧项目", "amount": 1234.5}]}
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def prepare(product: Application, schema: Mapping[str, Any] = SCHEMA, variables: Mapping[str, Any] = VARIABLES) -> str:
    """Two clerks of a school, and a case that waits for its form to be filled in; returns the id of the task."""
    administration = product.administration
    with product.database.write() as uow:
        identity_store.add_organisation(uow, Organisation("school", "区教育和体育局", "教体局", "applicant"))
    for account, name in (("lihua", "李华"), ("wangwu", "王武")):
        made = administration.create_user(None, account=account, name=name, password=PASSWORD)
        with product.database.write() as uow:
            identity_store.add_membership(uow, made.user_id, org_id="school", role="applicant")
    form = Resource(f"{schema['id']}.form", json.dumps(schema).encode())
    nodes = {"begin": start(), "fill": user("applicant", form=str(schema["id"])), "done": end()}
    product.definitions.deploy(None, [drawing("filling", nodes, ["begin -> fill", "fill -> done"]), form])
    return begin(product, variables)


def begin(product: Application, variables: Mapping[str, Any] = VARIABLES) -> str:
    """One more case, started by 李华; returns the id of its task."""
    clerk = product.sign_in.authenticate("lihua", PASSWORD, "127.0.0.1").identity
    with product.database.write() as uow:
        case_id = product.cases.start_in(
            uow,
            "filling",
            variables=variables,
            by=access.by(clerk, "applicant", "school"),
            business_key="filling",
            parties={"applicant": "school"},
        )
    (task,) = product.case_views.case_view(clerk, case_id).open_tasks
    return task.id
