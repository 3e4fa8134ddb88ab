"""Prompts in Chinese, the schema each asks for, the right data without what the text leaves open."""

from __future__ import annotations

from tests.sandbox.rules.shapes import (
    BOOKING,
    CARD,
    CONTACT,
    EVENT,
    FLIGHT,
    INVOICE,
    ITEMS,
    LABEL,
    PAYMENT,
    PEOPLE,
    PERSON,
    RECEIPT,
    TICKET,
    Case,
)

__all__ = ["CHINESE"]

CHINESE: dict[str, Case] = {
    "发票来自": (
        INVOICE,
        "请提取：发票来自星河咖啡，合计 21.84 元。",
        {"merchant": "星河咖啡", "total": 21.84, "currency": "CNY"},
    ),
    "付款": (PAYMENT, "2026年11月21日付款，总共10.55元", {"date": "2026-11-21", "total": 10.55}),
    "联系人": (
        CARD,
        "联系人：王小明，电话 138 0013 8000，邮箱 wang@example.cn",
        {"name": "王小明", "phone": "138 0013 8000", "email": "wang@example.cn"},
    ),
    "我叫": (
        CONTACT,
        "我叫李雷，请发邮件到 lilei@example.cn。",
        {"name": "李雷", "email": "lilei@example.cn"},
    ),
    "今年": (PERSON, "韩梅梅今年28岁，住在上海。", {"name": "韩梅梅", "age": 28}),
    "会议": (
        EVENT,
        "项目启动会将于2026年5月3日在上海举行。",
        {"title": "项目启动会", "date": "2026-05-03", "location": "上海"},
    ),
    "订位": (
        BOOKING,
        "请在2026年5月3日19:30为4位客人预订外婆家餐厅",
        {"restaurant": "外婆家餐厅", "people": 4, "date": "2026-05-03", "time": "19:30"},
    ),
    "清单": (
        ITEMS,
        "绿茶2杯 14元，蛋糕1块 9.5元",
        {"items": [{"name": "绿茶", "quantity": 2, "price": 14}, {"name": "蛋糕", "quantity": 1, "price": 9.5}]},
    ),
    "小票": (
        RECEIPT,
        "星河咖啡\n2026年3月14日\n拿铁 x2  56.00\n蛋糕  32.00\n合计  88.00",
        {
            "merchant": "星河咖啡",
            "date": "2026-03-14",
            "items": [{"name": "拿铁", "quantity": 2, "price": 56}, {"name": "蛋糕", "quantity": 1, "price": 32}],
            "total": 88,
        },
    ),
    "重复扣费": (TICKET, "我的信用卡被重复扣费，请尽快处理！", {"category": "billing", "priority": "high"}),
    "好评": (LABEL, "这家店的服务非常好，我很喜欢。", {"label": "positive"}),
    "从到": (
        FLIGHT,
        "我想订2026年7月12日从北京到成都的机票",
        {"origin": "北京", "destination": "成都", "date": "2026-07-12"},
    ),
    "两个人": (
        PEOPLE,
        "张伟，35岁；刘洋，29岁",
        {"people": [{"name": "张伟", "age": 35}, {"name": "刘洋", "age": 29}]},
    ),
}
