"""What `langnghe doctor` asks Telegram: who we are, how updates come, what we may do in our groups."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

from telegram import ChatFullInfo, ChatMember, User, WebhookInfo
from telegram.error import ChatMigrated, InvalidToken, TelegramError

from bot.finding import Finding, Patient, bad, ok, warn
from connectors.telegram import TOKEN
from connectors.telegram_http import CannotReach
from connectors.telegram_parse import ALLOWED_UPDATES
from connectors.telegram_wire import Line, quiet_libraries, trouble
from dialogs.words import Address
from store.database import open_reader
from store.staff_chat import RoomView, bound_rooms

ACCOUNT = "main"
LATELY, JUST_NOW = timedelta(days=1), timedelta(hours=1)  # ages of a webhook's last failure
MANY = 100  # updates that wait
NEW_TOKEN = (
    "Lấy token ở @BotFather, đặt LANGNGHE_TELEGRAM_TOKEN",
    "take it from @BotFather, set LANGNGHE_TELEGRAM_TOKEN",
)
NETWORK = "Xem mạng, telegram.proxy và telegram.api_base_url", "look at network, telegram.proxy, telegram.api_base_url"
RESTART = "Khởi động lại `langnghe run`", "start `langnghe run` again"
ADD_AGAIN = (
    "Thêm lại bot vào nhóm rồi /ketnoi bằng mã mới",
    "add the bot to the group again, then /ketnoi with a new code",
)
MAKE_ADMIN = "Cho bot làm quản trị viên của nhóm (docs/telegram.md)", "make the bot an administrator (docs/telegram.md)"


async def check_telegram(patient: Patient) -> list[Finding]:
    """Everything about the bot, if there is a token."""
    settings = patient.settings
    if not settings.telegram_token:
        return [ok("không dùng (chưa đặt LANGNGHE_TELEGRAM_TOKEN)", "not used (LANGNGHE_TELEGRAM_TOKEN is not set)")]
    if not TOKEN.fullmatch(settings.telegram_token):
        return [bad("token sai dạng", "the token is not of the form 123456:ABC-DEF…", *NEW_TOKEN)]
    quiet_libraries()  # httpx would log the address, and the token is in it
    try:
        line = Line(settings.telegram_token, settings.telegram.api_base_url, settings.telegram.proxy)
    except CannotReach as error:
        return [bad("telegram.proxy không dùng được", str(error), *NETWORK)]
    await line.connect()
    try:
        return await _examine(line, patient)
    finally:
        await line.disconnect()


async def _examine(line: Line, patient: Patient) -> list[Finding]:
    try:
        me = await line.get_me()
        info = await line.get_webhook_info()
    except InvalidToken:
        return [bad("Telegram không nhận token này", "Telegram refuses the token", *NEW_TOKEN)]
    except TelegramError as error:
        return [bad(f"không hỏi được: {trouble(error)}", trouble(error), *NETWORK)]
    found = [ok(f"@{me.username} trả lời", f"@{me.username} answers"), *_intake(info, patient), *_nature(me)]
    for room in await asyncio.to_thread(_rooms, patient):
        found += await _group(line, me, room)
    return found


# ---------------------------------------------------------------- how updates come


def _intake(info: WebhookInfo, patient: Patient) -> list[Finding]:
    if patient.settings.telegram.mode == "polling":
        found = _polling(info, patient)
    else:
        found = [*_address(patient), *_webhook(info, patient)]
    if info.pending_update_count >= MANY:
        line = f"{info.pending_update_count} tin đang chờ", f"{info.pending_update_count} updates wait"
        found.append(warn(*line, "Xem `langnghe run` có đang chạy không", "see whether `langnghe run` is running"))
    return found


def _polling(info: WebhookInfo, patient: Patient) -> list[Finding]:
    if not info.url:
        return [ok("hỏi tin (polling)", "polling, and no webhook is in the way")]
    where = urlsplit(info.url).hostname
    line = f"đặt polling nhưng webhook đang trỏ về {where}", f"mode is polling, but a webhook is set to {where}"
    if patient.running:  # it took the webhook away when it started: somebody else has set it since
        mend = (
            "Máy khác đang dùng token này: tắt máy ấy, hoặc /revoke",
            "another server has this token: stop it, or /revoke",
        )
        return [bad(*line, *mend)]
    mend = (
        "`langnghe run` sẽ tự gỡ; nếu máy khác đang dùng bot thì tắt máy ấy",
        ("`langnghe run` takes it away; if another server uses this bot, stop that one"),
    )
    return [warn(*line, *mend)]


def _address(patient: Patient) -> list[Finding]:
    """Where Telegram shall find us."""
    public, api = patient.settings.web.public_url, patient.settings.telegram.api_base_url
    mend = (
        'Đặt web.public_url = "https://…", hoặc mode = "polling"',
        ('set web.public_url = "https://…", or mode = "polling"'),
    )
    if not public:
        return [bad("webhook cần web.public_url", "a webhook needs web.public_url", *mend)]
    if public.startswith("http://") and urlsplit(api).hostname == "api.telegram.org":
        return [bad("Telegram chỉ gửi tới https", "Telegram posts to https only", *mend)]
    return []


def _webhook(info: WebhookInfo, patient: Patient) -> list[Finding]:
    public = patient.settings.web.public_url
    if not public:
        return []
    if info.url != f"{public}/telegram/{ACCOUNT}":
        where = urlsplit(info.url).hostname if info.url else "∅"
        line = f"webhook trỏ về {where}, không phải máy này", f"the webhook is set to {where}, not to us"
        return [bad(*line, *RESTART) if patient.running else warn(*line, *RESTART)]
    found = [ok("webhook trỏ đúng", "the webhook is set to us"), *_last_error(info, patient)]
    if lacking := sorted(set(ALLOWED_UPDATES) - set(info.allowed_updates or ALLOWED_UPDATES)):
        line = f"webhook thiếu {', '.join(lacking)}", f"the webhook lacks {', '.join(lacking)}"
        found.append(bad(*line, *RESTART))
    return found


def _last_error(info: WebhookInfo, patient: Patient) -> list[Finding]:
    """What Telegram could not deliver of late; an old failure says nothing."""
    if not info.last_error_message or info.last_error_date is None:
        return []
    age = patient.clock() - info.last_error_date
    if age > LATELY:
        return []
    line = f"Telegram không gửi tới được: {info.last_error_message}", f"Telegram says: {info.last_error_message}"
    mend = "Xem https, tường lửa, proxy ngược tới cổng web", "look at https, firewall and the proxy before the web port"
    stuck = info.pending_update_count and age < JUST_NOW
    return [bad(*line, *mend) if stuck else warn(*line, *mend)]


# ---------------------------------------------------------------- groups


def _nature(me: User) -> list[Finding]:
    if not me.can_join_groups:
        mend = "@BotFather: /setjoingroups → Enable", "@BotFather: /setjoingroups → Enable"
        return [warn("bot không được vào nhóm", "the bot may not join groups", *mend)]
    if me.can_read_all_group_messages:
        return [ok("chế độ riêng tư tắt: bot đọc mọi tin trong nhóm", "privacy mode is off: it reads all in groups")]
    return [ok("chế độ riêng tư bật", "privacy mode is on")]


def _rooms(patient: Patient) -> list[RoomView]:
    """The rooms in groups of this bot."""
    if not patient.readable:
        return []
    engine = open_reader(patient.settings.database.url)
    try:
        with engine.connect() as connection:
            rooms = bound_rooms(connection)
    finally:
        engine.dispose()
    return [room for room in rooms if room.address_key.startswith(f"telegram:{ACCOUNT}:")]


async def _group(line: Line, me: User, room: RoomView) -> list[Finding]:
    chat = Address.of(room.address_key).chat
    try:
        info = await line.get_chat(chat)
        member = await line.get_chat_member(chat, me.id)
    except ChatMigrated:
        vi, en = f"nhóm của {room.name} đổi số hiệu", f"the group of {room.name} has a new id"
        return [warn(vi, en, "Nhắn một tin trong nhóm, bot sẽ tự theo", "write there once: the bot follows by itself")]
    except TelegramError as error:
        return [
            bad(f"nhóm của {room.name}: {trouble(error)}", f"the group of {room.name}: {trouble(error)}", *ADD_AGAIN)
        ]
    return [_rights(info, member, me, room)]


def _rights(info: ChatFullInfo, member: ChatMember, me: User, room: RoomView) -> Finding:
    if member.status in (ChatMember.LEFT, ChatMember.BANNED):
        vi, en = f"bot không còn trong nhóm của {room.name}", f"the bot is no longer in the group of {room.name}"
        return bad(vi, en, *ADD_AGAIN)
    if not _may_send(info, member):
        vi, en = (
            f"bot không được gửi tin trong nhóm của {room.name}",
            f"the bot may not write in the group of {room.name}",
        )
        return bad(vi, en, *MAKE_ADMIN)
    if member.status not in (ChatMember.ADMINISTRATOR, ChatMember.OWNER) and not me.can_read_all_group_messages:
        return warn(
            f"nhóm của {room.name}: bot chỉ thấy lệnh và tin trả lời nó",
            f"the group of {room.name}: the bot sees only commands and replies to itself",
            *MAKE_ADMIN,
        )
    return ok(f"nhóm của {room.name} dùng được", f"the group of {room.name} works")


def _may_send(info: ChatFullInfo, member: ChatMember) -> bool:
    """Administrators may always; others if the group lets its members, or them."""
    if member.status in (ChatMember.ADMINISTRATOR, ChatMember.OWNER):
        return True
    own = getattr(member, "can_send_messages", None)  # of a restricted member
    allowed = info.permissions.can_send_messages if info.permissions else None
    return allowed is not False if own is None else bool(own)
