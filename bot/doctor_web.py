"""What `langnghe doctor` checks of the web: the port is free, or it is we who answer there."""

import socket
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.finding import Finding, Patient, bad, ok, warn

PATIENCE = ClientTimeout(total=5)  # seconds
LOOPBACK = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where a server on every address is found
MEND = "Khởi động lại `langnghe run`", "start `langnghe run` again"
MENDS = {
    "database_unusable": ("Xem dòng database ở trên; dịch vụ tự chạy tiếp", "see database above; it goes on by itself")
}
FREE_IT = "Dừng chương trình đang giữ cổng, hoặc đổi web.port", "stop the program on that port, or set another web.port"


async def check_web(patient: Patient) -> list[Finding]:
    """The web port."""
    web = patient.settings.web
    if web.port == 0:
        return [ok("cổng tự chọn", "any free port")]
    answered, health = await _health(LOOPBACK.get(web.host, web.host), web.port)
    if not answered:
        return [_bindable(web.host, web.port)]
    if not (isinstance(health, dict) and {"status", "locality"} <= health.keys()):
        return [bad(f"cổng {web.port} do chương trình khác giữ", f"port {web.port} is another program's", *FREE_IT)]
    if patient.locality and health["locality"] != patient.locality.id:
        line = f"cổng {web.port} là Lắng Nghe của nơi khác", f"port {web.port} is the langnghe of another town"
        return [bad(*line, *FREE_IT)]
    patient.running = True
    if health["status"] != "ok":
        said = health["status"]
        return [bad(f"đang chạy nhưng báo {said}", f"runs, but says {said}", *MENDS.get(said, MEND))]
    return [ok(f"đang chạy ở cổng {web.port}", f"is running on port {web.port}"), *_failures(health)]


def _failures(health: dict[str, Any]) -> list[Finding]:
    count = health.get("inbox_failures") or 0
    if not count:
        return []
    line = f"{count} tin chưa đọc được, còn giữ nguyên", f"{count} updates could not be taken and are kept"
    return [warn(*line, "Xem bảng inbox_failure", "see the table inbox_failure")]


async def _health(host: str, port: int) -> tuple[bool, Any]:
    """(somebody answers, what /health says if it is JSON)."""
    shown = f"[{host}]" if ":" in host else host
    try:
        async with ClientSession(timeout=PATIENCE) as session, session.get(f"http://{shown}:{port}/health") as answer:
            return True, await answer.json(content_type=None)
    except (ValueError, TimeoutError):
        return True, None
    except ClientError as error:
        return not isinstance(getattr(error, "os_error", None), OSError), None


def _bindable(host: str, port: int) -> Finding:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        why = error.strerror or type(error).__name__
        return bad(f"không mở được cổng {host}:{port}: {why}", f"cannot listen on {host}:{port}: {why}", *FREE_IT)
    return ok(f"cổng {port} còn trống", f"port {port} is free")
