"""What `langnghe doctor` asks the Zalo Bot Platform: who we are, how messages come, how much of the plan is left."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from bot.doctor_zalo import spooled
from bot.finding import Finding, Patient, bad, ok, warn
from bot.zalo_bot_plan import ACCOUNT, WARN_AT, Standing, standings
from connectors.zalo_bot import NO_WEBHOOK, TOKEN, ZaloBot
from connectors.zalo_bot_wire import Failed, Line, trouble
from store.database import open_reader

NEW_TOKEN = (
    "Trên Zalo: Zalo Bot Manager → Zalo Bot Creator, đặt LANGNGHE_ZALO_BOT_TOKEN",
    "in Zalo: Zalo Bot Manager → Zalo Bot Creator, set LANGNGHE_ZALO_BOT_TOKEN",
)
NETWORK = "Xem mạng và zalo_bot.api_base_url", "look at network and zalo_bot.api_base_url"
RESTART = "Khởi động lại `langnghe run`", "start `langnghe run` again"
SET_ADDRESS = 'Đặt web.public_url = "https://…"', 'set web.public_url = "https://…"'
OTHERWISE = ', hoặc zalo_bot.mode = "polling"', ', or zalo_bot.mode = "polling"'
OTHER_PRODUCT = "Chuyển sang Zalo OA (docs/zalo.md)", "move to Zalo OA (docs/zalo.md)"
NAMES = {"zalo_bot.plan_people": ("người dùng", "users"), "zalo_bot.plan_messages": ("tin tháng này", "messages")}


async def check_zalo_bot(patient: Patient) -> list[Finding]:
    """Everything about the bot, if there is a token."""
    token = patient.settings.zalo_bot_token
    if not token:
        return [ok("không dùng (chưa đặt LANGNGHE_ZALO_BOT_TOKEN)", "not used (LANGNGHE_ZALO_BOT_TOKEN is not set)")]
    if not TOKEN.fullmatch(token):
        return [bad("token sai dạng", "the token is not of the form 123456:AbC…", *NEW_TOKEN)]
    line = Line(token, patient.settings.zalo_bot.api_base_url)
    await line.connect()
    try:
        found = await _ask(line, patient)
    finally:
        await line.disconnect()
    return [*found, *spooled(patient, ZaloBot.name), *await asyncio.to_thread(_plan, patient)]


async def _ask(line: Line, patient: Patient) -> list[Finding]:
    try:
        me = await line.call("getMe")
        webhook = await _webhook_of(line)
    except Failed as error:
        mend = NEW_TOKEN if error.kind == "config" else NETWORK
        return [bad(f"không hỏi được: {trouble(error)}", trouble(error), *mend)]
    name = me.get("account_name", "?") if isinstance(me, dict) else "?"
    return [ok(f"{name} trả lời", f"{name} answers"), *_intake(webhook, patient), *_photos(patient)]


async def _webhook_of(line: Line) -> str:
    """The address that is set; a bot without one answers 404, or so the documentation an empty one."""
    try:
        info: Any = await line.call("getWebhookInfo")
    except Failed as error:
        if error.code not in NO_WEBHOOK:
            raise
        return ""
    return str(info.get("url") or "") if isinstance(info, dict) else ""


# ---------------------------------------------------------------- how messages come, how photos go


def _intake(webhook: str, patient: Patient) -> list[Finding]:
    where = urlsplit(webhook).hostname or "∅"
    if patient.settings.zalo_bot.mode == "polling":
        if not webhook:
            return [ok("hỏi tin (polling)", "polling, and no webhook is in the way")]
        line = f"đặt polling nhưng webhook đang trỏ về {where}", f"mode is polling, but a webhook is set to {where}"
        mend = "`langnghe run` sẽ tự gỡ; máy khác đang dùng bot thì tắt máy ấy", "`langnghe run` takes it away"
        return [warn(*line, *mend)]
    public = patient.settings.web.public_url
    if not public.startswith("https://"):
        mend = (SET_ADDRESS[0] + OTHERWISE[0], SET_ADDRESS[1] + OTHERWISE[1])
        return [bad("webhook cần web.public_url bắt đầu bằng https", "a webhook needs an https web.public_url", *mend)]
    if webhook == f"{public}/zalo_bot/{ACCOUNT}":
        return [ok("webhook trỏ đúng", "the webhook is set to us")]
    line = f"webhook trỏ về {where}, không phải máy này", f"the webhook is set to {where}, not to us"
    return [bad(*line, *RESTART) if patient.running else warn(*line, *RESTART)]


def _photos(patient: Patient) -> list[Finding]:
    if patient.settings.web.public_url.startswith("https://"):
        return []
    line = "ảnh kết quả không gửi được qua Zalo Bot", "no photo can be sent: Zalo fetches them from web.public_url"
    return [warn(*line, *SET_ADDRESS)]


# ---------------------------------------------------------------- the plan


def _plan(patient: Patient) -> list[Finding]:
    if not patient.readable:
        return []
    engine = open_reader(patient.settings.database.url)
    try:
        with engine.connect() as connection:
            found = standings(connection, patient.clock())
    finally:
        engine.dispose()
    return [_left(standing) for standing in found]


def _left(standing: Standing) -> Finding:
    vi, en = NAMES[standing.text]
    line = f"{standing.used}/{standing.most} {vi}", f"{standing.used} of {standing.most} {en}"
    if standing.percent < WARN_AT[0]:
        return ok(*line)
    return bad(*line, *OTHER_PRODUCT) if standing.percent >= WARN_AT[1] else warn(*line, *OTHER_PRODUCT)
