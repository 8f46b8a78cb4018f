"""Reference data: its lists, events, commands and fields."""

from __future__ import annotations

from shared.events.labels.general import Both

CODES: Both = {
    "departments": ("departments", "部门"),
    "posts": ("posts", "岗位"),
    "customers": ("customers", "客户"),
    "products": ("products", "产品"),
    "lots": ("lots", "批次"),
    "failure_codes": ("failure codes", "故障代码"),
    "DepartmentDefined": ("department defined", "定义部门"),
    "PostDefined": ("post defined", "定义岗位"),
    "CustomerRecorded": ("customer recorded", "登记客户"),
    "ProductRecorded": ("product recorded", "登记产品"),
    "LotRecorded": ("lot recorded", "登记批次"),
    "FailureCodeRecorded": ("failure code recorded", "登记故障代码"),
    "ReferenceRetired": ("retired", "停用"),
}

COMMANDS: Both = {
    "define-department": ("Define a department", "定义部门"),
    "define-post": ("Define a post", "定义岗位"),
    "record-customer": ("Record a customer", "登记客户"),
    "record-product": ("Record a product", "登记产品"),
    "record-lot": ("Record a lot", "登记批次"),
    "record-failure-code": ("Record a failure code", "登记故障代码"),
    "retire-reference": ("Take out of use", "停用"),
}

FIELDS: Both = {
    "site": ("Site", "工厂"),
    "code": ("Code", "代码"),
    "title": ("Title", "名称"),
    "title_zh": ("Title in Chinese", "中文名称"),
    "department": ("Department", "部门"),
    "department_code": ("Code of the department", "部门代码"),
    "head": ("Head", "负责人"),
    "duties": ("Duties", "职责"),
    "customer_no": ("Customer number", "客户编号"),
    "customer_name": ("Customer", "客户名称"),
    "segment": ("Segment", "客户类别"),
    "language": ("Language", "语言"),
    "contract_ref": ("Contract", "合同编号"),
    "natural_person": ("Natural person", "自然人"),
    "product_model": ("Product model", "产品型号"),
    "family": ("Product family", "产品系列"),
    "unit_price": ("Unit price", "单价"),
    "safety_relevant": ("Safety-relevant", "涉及安全"),
    "lot_no": ("Lot number", "批次号"),
    "produced_on": ("Produced on", "生产日期"),
    "shipped_quantity": ("Quantity shipped", "出货数量"),
    "shipped_to": ("Shipped to", "发往客户"),
    "quantity": ("Quantity", "数量"),
    "shipped_on": ("Shipped on", "发货日期"),
    "category": ("Category", "类别"),
    "kind": ("Kind", "种类"),
    "reason": ("Reason", "原因"),
}
