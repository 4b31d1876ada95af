"""What `langnghe doctor` asks of Zalo: secrets, consent, the account, what is left of its messages, the spool."""

import asyncio
import time

from bot.finding import Finding, Patient, bad, ok, warn
from bot.spool import FolderSpool, spool_folder
from bot.zalo import ACCOUNT
from connectors.zalo_oa import CannotServe, check_secrets
from connectors.zalo_oa_account import OneToken, account_of, quota_of
from connectors.zalo_oa_wire import Line
from dialogs.words import SendError
from store.database import open_reader
from store.zalo import TokenRow, tokens_of

LITTLE = 0.2  # of the package's messages
SEE = "Xem docs/zalo.md, mục Official Account", "see docs/zalo.md, section Official Account"
CONNECT = "Chạy `langnghe zalo connect`", "run `langnghe zalo connect`"
RUN = "Xem `langnghe run` có đang chạy không", "see whether `langnghe run` is running"


async def check_zalo_oa(patient: Patient) -> list[Finding]:
    """Everything about the Official Account, if its secret is there."""
    settings = patient.settings
    if not settings.zalo_oa_secret:
        return [ok("không dùng (chưa đặt LANGNGHE_ZALO_OA_SECRET)", "not used (LANGNGHE_ZALO_OA_SECRET is not set)")]
    try:
        check_secrets(settings.zalo_oa.app_id, settings.zalo_oa_secret, settings.zalo_app_secret)
    except CannotServe as error:
        return [bad(f"cấu hình Zalo sai: {error}", str(error), *SEE)]
    found = [*_settings(patient), *spooled(patient, "zalo_oa")]
    row = await asyncio.to_thread(_tokens, patient)
    return [*found, *(await _consented(row, patient))]


def _settings(patient: Patient) -> list[Finding]:
    settings, found = patient.settings, []
    if not settings.zalo_app_secret:
        line = "chưa đặt LANGNGHE_ZALO_APP_SECRET", "LANGNGHE_ZALO_APP_SECRET is not set"
        found.append(bad(*line, *SEE))
    if not settings.web.public_url.startswith("https://"):
        line = "Zalo chỉ gửi tới https: đặt web.public_url", "Zalo posts to https only: set web.public_url"
        found.append(bad(*line, 'web.public_url = "https://…"', 'web.public_url = "https://…"'))
    else:
        url = f"{settings.web.public_url}/zalo/oa/{ACCOUNT}"
        found.append(ok(f"webhook khai ở developers.zalo.me: {url}", f"the webhook for developers.zalo.me: {url}"))
    return found


def spooled(patient: Patient, channel: str) -> list[Finding]:
    """What of this channel waits on the disk, if anything does."""
    waiting = len(FolderSpool(spool_folder(patient.settings, channel)).names())
    if not waiting:
        return []
    return [warn(f"{waiting} tin Zalo còn chờ trên đĩa", f"{waiting} events of Zalo wait on the disk", *RUN)]


def _tokens(patient: Patient) -> TokenRow | None:
    if not patient.readable:
        return None
    engine = open_reader(patient.settings.database.url)
    try:
        with engine.connect() as connection:
            return tokens_of(connection, ACCOUNT)
    finally:
        engine.dispose()


async def _consented(row: TokenRow | None, patient: Patient) -> list[Finding]:
    if row is None:
        return [bad("OA chưa cấp quyền cho ứng dụng", "the account has not consented yet", *CONNECT)]
    if row.spent:
        return [bad("quyền OA cấp đã hết hạn", "the account's consent has expired", *CONNECT)]
    if row.expires_at <= patient.clock():
        line = "mã truy cập đã hết hạn mà chưa được đổi", "the access token has expired and was not renewed"
        return [warn(*line, *RUN)]
    section = patient.settings.zalo_oa
    line_out = Line(section.api_base_url, OneToken(row.access), time.monotonic, asyncio.sleep)
    try:
        return await _asked(line_out, section.oa_id)
    except SendError as error:
        return [bad(f"Zalo trả lời: {error}", f"Zalo says: {error}", *SEE)]
    finally:
        await line_out.disconnect()


async def _asked(line: Line, oa_id: str) -> list[Finding]:
    """The account is the right one, and has messages left."""
    account = await account_of(line)
    if oa_id and account.oa_id and account.oa_id != oa_id:
        said = f"mã này của OA {account.oa_id}, không phải {oa_id}", f"the token is of {account.oa_id}, not of {oa_id}"
        return [bad(*said, *CONNECT)]
    if not account.verified:
        return [bad("OA chưa được Zalo xác thực", "Zalo has not verified the account", *SEE)]
    found = [ok(f"OA {account.name} trả lời", f"the account {account.name} answers")]
    quota = await quota_of(line)
    if quota is None:
        return found
    said = (
        f"còn {quota.left}/{quota.total} tin ngoài 48 giờ miễn phí",
        f"{quota.left} of {quota.total} messages left beyond the free 48 hours",
    )
    if quota.left >= LITTLE * quota.total:
        return [*found, ok(*said)]
    return [*found, warn(*said, "Mua thêm gói ở oa.zalo.me", "buy a larger package at oa.zalo.me")]
