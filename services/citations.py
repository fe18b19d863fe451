"""Which clauses each service and check enforces: those that its findings and entries cite.

The clause matrix shows them at the elements that call the service. A test holds this list to the code of the services.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True)
class Citation:
    """`title` tells in Chinese what the service looks at; `clauses` are in the order of the regulation."""

    title: str
    clauses: tuple[str, ...]


CITATIONS: Final[Mapping[str, Citation]] = MappingProxyType(
    {
        "draw-experts": Citation("随机抽取评审专家，回避有关联的，留存抽取记录", ("3.2-7",)),
        "check-experts": Citation("评审专家应当回避的不得参加", ("3.2-7", "3.2-8")),
        "check-meeting": Citation("现场评审会在今天以后召开，区财政局、申报单位参加", ("3.2-7",)),
        "check-sign-in": Citation("到会议之日才能签到，评审专家逐人登记", ("3.2-7", "3.2-8")),
        "record-restriction": Citation("把申报单位记入限制台账", ("3.4-9",)),
        "score-performance": Citation("计算绩效得分并记入台账", ("4-1",)),
        "check-consent": Citation("区政府主要领导同意意见和批示件", ("3.1-2",)),
        "check-in-year-addition": Citation("年内追加的联审意见和金额", ("3.2-5", "3.2-14")),
        "check-allocation": Citation("分配资金不超过审定金额", ("3.2-5", "3.2-14")),
        "check-classified": Citation("涉密项目的审查确认", ("3.1-6",)),
        "check-bureau-receipt": Citation("抄送备案的回执", ("3.1-6",)),
        "check-classified-supervision": Citation("涉密项目的监督记录", ("3.1-6",)),
        "check-superior": Citation("上级统筹项目的备案登记和材料", ("3.1-7",)),
        "check-operation": Citation("运维责任登记", ("3.5-1", "3.5-2")),
        "check-scope": Citation("适用范围填报齐全、前后一致", ("1-2", "3.1-5", "3.1-6", "3.1-7", "3.1-10")),
        "check-application": Citation(
            "三份材料、建设方案九章、字数、建设周期（3.1-3 3.1-4 附1 附2 附3）；提醒单位所受的限制、疑似拆分",
            ("3.1-3", "3.1-4", "3.1-5", "3.2-7", "附1-1", "附2-1", "附3-1"),
        ),
        "check-intake": Citation(
            "受理时由大数据局认定九类项目、复杂程度和拆分嫌疑，不以申报单位的填报为准", ("3.1-5", "3.1-10", "3.2-7")
        ),
        "check-special-case": Citation("特殊情况只准予认定的那几类", ("3.1-10",)),
        "check-consultant": Citation("咨询单位、资质及其证书", ("3.1-5",)),
        "check-precheck": Citation(
            "提交时再查限制台账；受限制、不具备前置条件而台账没有批准例外的不能通过，不支持共享的没有例外",
            ("3.2-4", "3.2-6"),
        ),
        "check-review-method": Citation("评审机构须回避；评审方式不低于标准", ("3.2-3", "3.2-7")),
        "check-review-report": Citation(
            "评审专家须回避，现场评审的是抽取并签到的专家；九项评审内容各有结论和意见，与总结论一致",
            ("3.2-2", "3.2-3", "3.2-7", "3.2-9"),
        ),
        "check-opinion": Citation("核定投资不超过计划投资", ("3.2-9",)),
        "join-plan": Citation("把审核通过的项目排入年度计划", ("3.1-6", "3.2-5")),
        "check-annual-plan": Citation("年度计划的项目、排序和资金合计", ("3.2-11", "3.2-15")),
        "check-annual-plan-decision": Citation("区政府审定的结果逐项目写明", ("3.2-11", "3.2-15")),
        "check-plan": Citation("列入计划金额不超过核定投资", ("3.2-5", "3.2-11")),
        "check-budget": Citation("列入预算金额不超过核定投资和列入计划金额，年度与计划一致", ("3.2-5", "3.2-12")),
        "check-adjustment": Citation(
            "计划调整的理由、前后内容和请示；不低于已签合同和累计支付；提示须补办的事项",
            ("3.1-5", "3.2-7", "3.2-15", "3.2-16", "3.3-6", "3.3-7"),
        ),
        "check-adjusted-budget": Citation("调整后列入预算不超过调整后核定投资", ("3.2-12",)),
        "check-adjustment-approval": Citation("批准时再核对一次合同和支付", ("3.2-15", "3.2-16", "3.3-6")),
        "check-procurement-file": Citation("采购限价不超过核定投资和预算", ("3.3-6",)),
        "check-award": Citation("成交的有承建单位，价格不超过核定投资、预算和采购限价", ("3.3-1", "3.3-6")),
        "check-contract": Citation(
            "合同价不超过核定投资、预算和中标价；有主要负责人；签订、完工日期前后一致", ("3.2-13", "3.3-5", "3.3-6")
        ),
        "check-construction-start": Citation("开工日期不早于合同签订日期，不晚于今天", ("3.2-13",)),
        "check-supervisor": Citation("监理单位及两份证书，或申请豁免的理由", ("3.3-7", "3.3-8")),
        "check-inspection": Citation("五项督查内容都有结果，问题写明", ("3.3-9",)),
        "check-inspection-conclusion": Citation("结论与三部门发现的问题一致，整改有期限", ("3.3-10",)),
        "check-audit-opinion": Citation("审计意见的日期；有问题的写明问题和答复期限", ("2-4",)),
        "check-trial-start": Citation(
            "试运行在建成以后、今天以前开始；大数据局认定的新开发软件不能改成没有", ("3.4-2", "3.4-3")
        ),
        "check-trial": Citation("试运行满期（或已豁免）、测试合格、没有高风险、报告齐全", ("3.4-2", "3.4-3")),
        "check-acceptance-materials": Citation(
            "按项目构成应有的验收材料、资金合计", ("3.4-4", "附4-4", "附4-5", "附4-6", "附4-7")
        ),
        "check-conditions": Citation("六项验收条件都具备才能认定齐全", ("附4-4",)),
        "check-final": Citation(
            "验收日期在初步验收以后；五项验收内容有结论；两项否决情形不得通过", ("3.4-5", "3.4-6", "附4-2")
        ),
        "check-payment": Citation("验收后的拨付：累计不超过合同价和核定投资", ("3.3-6", "3.4-8")),
        "check-payment-request": Citation("申请拨付的金额不超过合同价、核定投资和验收前的比例", ("3.3-6", "3.4-8")),
        "check-payment-decision": Citation("批准拨付：累计金额、验收和暂缓拨付", ("3.3-6", "3.4-8")),
        "check-payment-made": Citation("登记拨付：累计金额不超过合同价、核定投资和验收前的比例", ("3.3-6", "3.4-8")),
        "check-completion": Citation("建成日期和验收期限；有重大设计变更的，须有经批准的调整", ("3.3-6", "附4-1")),
        "check-extension": Citation("延期验收的理由和期限", ("3.4-9", "附4-1")),
        "check-lifting": Citation("解除处置的依据", ("3.3-10", "3.3-11")),
        "acceptance-deadline": Citation("计算提交竣工验收申请的期限", ("附4-1",)),
        "record-late-acceptance": Citation("逾期未申请验收的，记入限制台账", ("3.4-9", "附4-1")),
        "record-failed-acceptance": Citation("验收不合格的，记入限制台账", ("3.4-8", "3.4-9")),
        "check-performance": Citation("四项评分都在 0 到 100", ("4-1",)),
        "check-recheck": Citation("逾期没有提交整改情况的，不能认定达到应有绩效", ("4-3",)),
        "check-ratings": Citation("至少评价一家服务单位，评分在 0 到 100", ("4-2",)),
        "read-cloud": Citation("读取项目的政务云资源", ("附5-7",)),
        "check-cloud-application": Citation("上云申请的全部栏目和附件", ("附5-2",)),
        "check-cloud-research": Citation("需求调研报告", ("附5-3",)),
        "check-cloud-allocation": Citation("资源分配和迁移计划书", ("附5-5",)),
        "check-cloud-launch": Citation("上线日期和试运行", ("附5-6",)),
        "check-cloud-adjustment": Citation("试运行期间按使用率调整", ("附5-6",)),
        "check-cloud-billing": Citation("三方协议、资源确认单和计费起始日", ("附5-7",)),
        "check-cloud-archive": Citation("全过程的资料齐全才能存档", ("附5-10",)),
        "check-cloud-change": Citation("变更或停用的申请", ("附5-8", "附5-9")),
        "check-cloud-done": Citation("变更或收回的结果", ("附5-8",)),
        "check-cloud-usage": Citation("资源利用率逐项填报", ("附5-9",)),
        "check-cloud-period": Citation("特殊时段提前告知", ("附5-9",)),
    }
)
