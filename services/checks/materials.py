"""The lists of acceptance materials of annex 4, as they apply to one project (附4-5 附4-6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Material:
    """One document; `key` is the field of the form, `title` its name in the regulation."""

    key: str
    title: str
    clause: str


@dataclass(frozen=True)
class Composition:
    """What the project is made of, as far as it decides about materials."""

    components: frozenset[str]
    supervised: bool = False
    large_software: bool = False
    third_party_test: bool = False


OUTLINE = (
    Material("material_application", "（一）项目验收申请表", "附4-5"),
    Material("material_contract", "（二）项目合同复印件", "附4-5"),
    Material("material_tender", "（二）项目招标文件", "附4-5"),
    Material("material_bid", "（二）项目投标文件", "附4-5"),
    Material("material_preliminary", "（三）项目初验报告", "附4-5"),
    Material("material_summary", "（四）项目完成情况总结", "附4-5"),
    Material("material_technical", "（五）项目技术工作总结", "附4-5"),
    Material("material_benefit", "（六）项目完成后的经济效益和社会效益", "附4-5"),
    Material("material_inventory", "（七）购置设备、软件清单", "附4-5"),
    Material("material_user_report", "（九）项目用户使用报告", "附4-5"),
    Material("material_sharing", "（十）项目信息资源共享情况报告", "附4-5"),
    Material("material_trial_data", "系统建成后的试运行情况及相关数据资料", "3.4-4"),
    Material("condition_budget_report", "预算执行情况报告和初步的财务决算", "附4-4"),
    Material("condition_risk_report", "项目信息安全风险评估报告", "附4-4"),
)
SUPERVISION = Material("material_supervision", "（八）保证单位（监理方）审查意见", "附4-5")
OUTLINE_DESIGN = Material("software_outline_design", "概要设计说明书", "附4-6")
THIRD_PARTY_TEST = Material("software_third_party_test", "第三方测试报告", "附4-6")
COMPONENTS = {
    "software": "软件开发",
    "hardware": "硬件设备或成品软件采购",
    "room": "机房装修",
    "maintenance": "运维",
}
PROCESS_DOCUMENTS = {
    "software": (
        Material("software_requirements", "需求说明书", "附4-6"),
        Material("software_detailed_design", "详细设计说明书", "附4-6"),
        Material("software_database_design", "数据库设计说明书", "附4-6"),
        Material("software_test_report", "测试报告", "附4-6"),
        Material("software_deployment", "系统部署手册", "附4-6"),
        Material("software_trial_report", "项目试运行报告", "附4-6"),
    ),
    "hardware": (
        Material("hardware_handover", "设备到货交接单", "附4-6"),
        Material("hardware_debugging", "设备调试记录", "附4-6"),
        Material("hardware_authorisation", "设备授权文件", "附4-6"),
        Material("hardware_photos", "设备照片", "附4-6"),
        Material("hardware_trial_report", "设备试运行报告", "附4-6"),
    ),
    "room": (
        Material("room_layout", "机房布局图", "附4-6"),
        Material("room_concealed_works", "隐秘工程的验收报告和照片", "附4-6"),
        Material("room_ups_test", "UPS的测试报告", "附4-6"),
        Material("room_photos", "机房照片", "附4-6"),
        Material("room_material_certificates", "装修所用材料的合格证和检验报告", "附4-6"),
    ),
    "maintenance": (
        Material("maintenance_orders", "单个运维工单及数据统计", "附4-6"),
        Material("maintenance_drill", "演练方案", "附4-6"),
        Material("maintenance_staff", "人员管理材料", "附4-6"),
        Material("maintenance_rules", "制度管理材料", "附4-6"),
        Material("maintenance_spares", "备品备件材料", "附4-6"),
        Material("maintenance_cleaning", "除尘材料", "附4-6"),
    ),
}


def required(composition: Composition) -> Iterator[Material]:
    """The documents that this project must hand in, in the order of the regulation."""
    yield from OUTLINE
    if composition.supervised:
        yield SUPERVISION
    for component, documents in PROCESS_DOCUMENTS.items():
        if component in composition.components:
            yield from documents
    if "software" in composition.components:
        if composition.large_software:
            yield OUTLINE_DESIGN
        if composition.third_party_test:
            yield THIRD_PARTY_TEST
